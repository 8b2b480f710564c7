"""Plugins for volint's own tests: they need no image."""
import datetime
import random

from volatility3.framework import renderers
from volatility3.framework.interfaces import plugins
from volatility3.framework.interfaces.renderers import BaseAbsentValue
from volatility3.framework.layers.physical import BufferDataLayer
from volatility3.framework.renderers import TreeGrid, format_hints

PIECES = [b"\\", b"x", b"41", b"\\xff", b"\xff", b"\x1b[31m", b"\n", b"\0", b"=cmd", b'"', b"'", b",", b"\xc3", b"\xc3\xa9", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80"]


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


class Values(Test):
    """Values of every kind, each in every column."""

    COLUMNS = ["U32", "U64", "I32", "I64", "Address", "Flag", "Real", "Text", "Data", "Time", "State"]

    def values(self):
        yield "int", 5
        yield "negative", -1
        yield "large", 1 << 33
        yield "huge", 1 << 70
        yield "Hex", format_hints.Hex(0x1F)
        yield "Bin", format_hints.Bin(5)
        yield "address", format_hints.Hex(0x888000158000)
        yield "true", True
        yield "float", 1.5
        yield "number in a str", "12"
        yield "dash", "-"
        yield "word", "open"
        yield "bytes", b"\xff\0a"
        yield "HexBytes", format_hints.HexBytes(b"\xff\0a")
        yield "aware", datetime.datetime(2026, 1, 1, 1, 0, 38, 250000, datetime.timezone(datetime.timedelta(hours=1)))
        yield "naive", datetime.datetime(2026, 1, 1, 0, 0, 38)
        yield "MultiTypeData", format_hints.MultiTypeData("hé".encode("utf-16-le"))
        yield "MultiTypeData of an int", format_hints.MultiTypeData(12)
        yield "MultiTypeData that is no text", format_hints.MultiTypeData(b"\x00\xd8", encoding="utf-16-le")
        yield "Disassembly", renderers.Disassembly(b"\x90\xc3", 0x1000, "intel64")
        layer = BufferDataLayer(self.context, self.config_path, "test", b"0123456789")
        self.context.add_layer(layer)
        yield "LayerData", renderers.LayerData(self.context, "test", 2, 3)
        yield "LayerData over the end", renderers.LayerData(self.context, "test", 8, 3)
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
