"""Plugins for volint's own tests: they need no image."""
import datetime
import random

from volatility3.cli import text_renderer
from volatility3.framework import renderers
from volatility3.framework.interfaces import plugins
from volatility3.framework.interfaces.renderers import BaseAbsentValue
from volatility3.framework.layers.physical import BufferDataLayer
from volatility3.framework.layers.segmented import SegmentedLayer
from volatility3.framework.renderers import TreeGrid, format_hints

PIECES = [b"\\", b"x", b"41", b"\\xff", b"\xff", b"\x1b[31m", b"\n", b"\0", b"=cmd", b'"', b"'", b",", b"\xc3", b"\xc3\xa9", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", "\u202e".encode(), b"\xf4\x90\x80\x80", b"\xc0\x80"]


class Test(plugins.PluginInterface):
    _required_framework_version = (2, 0, 0)

    @classmethod
    def get_requirements(cls):
        return []


class Hostile(Test):
    """Names with any bytes."""

    def run(self):
        return TreeGrid([("Text", str), ("Raw", bytes), ("Expect", str)], self._generator())

    def _generator(self):
        rnd = random.Random(5)
        for _ in range(500):
            data = b"".join(rnd.choice(PIECES) for _ in range(rnd.randrange(8)))
            yield 0, (data.decode("utf-8", "surrogateescape"), data, data.hex())
        yield 0, ("\ud800", b"\xed\xa0\x80", "eda080")


class Child(Hostile):
    """Derives from a plugin that has a message, and has none itself."""


class Tree(Test):
    """Levels that Volatility corrects; not a method's generator."""

    def run(self):
        return TreeGrid([("Level", int)], ((level, (level,)) for level in (0, 1, 5, 1, 0, 9, 0)))


class Populated(Tree):
    """A tree that is built already."""

    def run(self):
        grid = super().run()
        grid.populate()
        return grid


class Missing(Tree):
    """Has not all columns that its message asks for."""


class Nothing(Tree):
    """Has no column that its message asks for."""


class Raises(Test):
    """Three rows, and then an exception."""

    def run(self):
        return TreeGrid([("Text", str)], self._generator())

    def _generator(self):
        for n in range(3):
            yield 0, ("row %d" % n,)
        raise RuntimeError("the guest\x1b[31m is broken")


class Spoken(Test):
    """Rows that do not come from the table."""

    def words(self):
        return ["alpha", "beta\udcff"]

    def run(self):
        return TreeGrid([("Number", int)], iter([(0, (1,))]))


class Holes(SegmentedLayer):
    """Every other four bytes are there."""

    def _load_segments(self):
        self._segments = [(at * 2, at, 4, 4) for at in (0, 4, 8)]


def moment(*parts, **zone):
    minutes = zone.get("minutes")
    offset = None if minutes is None else datetime.timezone(datetime.timedelta(minutes=minutes))
    return datetime.datetime(*parts, tzinfo=offset)


class Values(Test):
    """Values of every kind, each in every column."""

    COLUMNS = ["U32", "U64", "I32", "I64", "Address", "Flag", "Real", "Text", "Data", "Time", "State", "Code"]

    def values(self):
        yield "int", 5
        yield "negative", -1
        yield "large", 1 << 33
        yield "the largest", (1 << 64) - 1
        yield "the least", -(1 << 63)
        yield "over 64 bits", 1 << 64
        yield "under 64 bits", -(1 << 63) - 1
        yield "huge", 1 << 70
        yield "negative Hex", format_hints.Hex(-0x1F)
        yield "negative Bin", format_hints.Bin(-5)
        yield "Hex", format_hints.Hex(0x1F)
        yield "Bin", format_hints.Bin(5)
        yield "address", format_hints.Hex(0x888000158000)
        yield "canonical address", format_hints.Hex(0xFFFF888000158000)
        yield "address of user space", format_hints.Hex(0x7FFF00001000)
        yield "true", True
        yield "false", False
        yield "float", 1.5
        yield "a third", 1 / 3
        yield "NaN", float("nan")
        yield "infinity", float("-inf")
        yield "just before 1970", -1e-17
        yield "number in a str", "12"
        yield "number in a str, over 64 bits", "0x1ffffffffffffffff"
        yield "date in a str", "2026-01-01 00:00:38.25 UTC+0100"
        yield "dash", "-"
        yield "not applicable in a str", "N/A"
        yield "text too long", "x" * (16 << 20) + "!"
        yield "word", "open"
        yield "bytes", b"\xff\0a"
        yield "HexBytes", format_hints.HexBytes(b"\xff\0a")
        yield "aware", datetime.datetime(2026, 1, 1, 1, 0, 38, 250000, datetime.timezone(datetime.timedelta(hours=1)))
        yield "naive", datetime.datetime(2026, 1, 1, 0, 0, 38)
        yield "before 1970", moment(1969, 12, 31, 23, 59, 59, 999999, minutes=0)
        yield "long ago", moment(1601, 1, 1, minutes=-90)
        yield "the first moment", moment(1, 1, 1, minutes=0)
        yield "the last moment", moment(9999, 12, 31, 23, 59, 59, 999999, minutes=0)
        yield "before the first", moment(1, 1, 1, minutes=1)
        yield "after the last", moment(9999, 12, 31, 23, 59, 59, minutes=-1)
        yield "after 2106", moment(2110, 1, 1, minutes=0)
        yield "zone of half a second", datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=-1, microseconds=500000)))
        yield "MultiTypeData", format_hints.MultiTypeData("hé".encode("utf-16-le"))
        yield "MultiTypeData of an int", format_hints.MultiTypeData(12)
        yield "MultiTypeData that is no text", format_hints.MultiTypeData(b"\x00\xd8", encoding="utf-16-le")
        yield "MultiTypeData to show in hexadecimal", format_hints.MultiTypeData(b"\xff\0a", show_hex=True)
        yield "MultiTypeData of several texts", format_hints.MultiTypeData("a\0b\0".encode("utf-16-le"), split_nulls=True)
        yield "MultiTypeData with more behind", format_hints.MultiTypeData("a\0bcd".encode("utf-16-le"))
        yield "MultiTypeData that is UTF-8", format_hints.MultiTypeData("hé".encode(), encoding="utf-8")
        yield "MultiTypeData of no encoding", format_hints.MultiTypeData(b"a\xff", encoding="none-such")
        text_renderer.CAPSTONE_PRESENT = False  # not every Python of the tests has it
        yield "Disassembly", renderers.Disassembly(b"\x90\xc3", 0x888000001000, "intel64")
        yield "Disassembly for nothing known", renderers.Disassembly(b"\x90", 0, "abacus")
        yield "Disassembly at a negative address", renderers.Disassembly(b"", -1, "arm64")
        layer = BufferDataLayer(self.context, self.config_path, "test", b"0123456789")
        self.context.add_layer(layer)
        self.context.config["holes.base_layer"] = "test"
        self.context.add_layer(Holes(self.context, "holes", "holes"))
        yield "LayerData", renderers.LayerData(self.context, "test", 2, 3)
        yield "LayerData over the end", renderers.LayerData(self.context, "test", 8, 3)
        yield "LayerData behind the end", renderers.LayerData(self.context, "test", 10, 3)
        yield "LayerData with a hole", renderers.LayerData(self.context, "holes", 2, 8)
        yield "LayerData in a hole", renderers.LayerData(self.context, "holes", 4, 4)
        yield "LayerData of nothing", renderers.LayerData(self.context, "test", 2, 0)
        yield "LayerData without a layer", renderers.LayerData(self.context, "none", 8, 3)
        yield "LayerData too long", renderers.LayerData(self.context, "test", 0, 1 << 40)
        yield "UnreadableValue", renderers.UnreadableValue()
        yield "UnparsableValue", renderers.UnparsableValue()
        yield "NotApplicableValue", renderers.NotApplicableValue()
        yield "NotAvailableValue", renderers.NotAvailableValue()
        yield "BaseAbsentValue", BaseAbsentValue()
        yield "None", None
        yield "list", []

    def run(self):
        columns = [("Case", str)] + [(title, str) for title in self.COLUMNS]
        return TreeGrid(columns, ((0, [case] + [value] * len(self.COLUMNS)) for case, value in self.values()))


class Object:
    """Has some of a message's fields for attributes."""

    id, must, parts = 3, True, ()

    @property
    def name(self):
        raise KeyError("gone")


class Shapes(Test):
    """Values for fields of every shape; Volatility 2's plugin has the same."""

    def rows(self):
        def once(*items):
            return (item for item in items)

        part = {"id": 1, "name": b"\xff", "must": True}
        yield "list", [1, 2]
        yield "tuple", (3, 12)
        yield "one", 12
        yield "iterator", once(5)
        yield "set", {7}
        yield "items without a value", [1, None, renderers.UnreadableValue(), "-"]
        yield "items that do not fit", [1 << 40, {}, "junk", "open"]
        yield "nothing", None
        yield "unreadable", renderers.UnreadableValue()
        yield "dict", {"id": 4, "must": True, "parts": [part, {"must": 0}], "colour": 5}
        yield "object", Object()
        yield "pairs", [("5", {"must": 1}), (6, part), ("x", 7)]
        yield "seconds", {"seconds": 5, "nanos": 7}
        ring = {"must": True}
        ring["parts"] = [ring]
        yield "ring", ring

    def run(self):
        return TreeGrid([("Number", int)], iter([]))
