"""Commands for volint's own tests: they need no image."""
import datetime
import random
import struct

import volatility.addrspace as addrspace
import volatility.commands as commands
import volatility.obj as obj
import volatility.timefmt as timefmt
from volatility.plugins.overlays.basic import UnixTimeStamp
from volatility.plugins.overlays.windows.windows import WinTimeStamp
from volatility.renderers import TreeGrid
from volatility.renderers.basic import Address, Address64, Bytes, Hex

PIECES = ["\\", "x", "41", "\\xff", "\xff", "\x1b[31m", "\n", "\0", "=cmd", '"', "'", ",", "\xc3", "\xc3\xa9", "\xed\xa0\x80", "\xf0\x9f\x98\x80", "\xe2\x80\xae", "\xf4\x90\x80\x80", "\xc0\x80"]


class volint_hostile(commands.Command):
    """Names with any bytes."""

    def calculate(self):
        rnd = random.Random(5)
        for n in range(500):
            yield n, "".join(rnd.choice(PIECES) for _ in range(rnd.randrange(8)))

    def unified_output(self, data):
        return TreeGrid([("Text", str), ("Raw", Bytes), ("Expect", str)], self.generator(data))

    def generator(self, data):
        for _n, text in data:
            yield 0, [text, Bytes(text), text.encode("hex")]


class volint_child(volint_hostile):
    """Derives from a command that has a message, and has none itself."""


class volint_tree(commands.Command):
    """Levels that Volatility corrects."""

    def unified_output(self, data):
        return TreeGrid([("Level", int)], ((level, [level]) for level in (0, 1, 5, 1, 0, 9, -3)))


class volint_missing(volint_tree):
    """Has not all columns that its message asks for."""


class volint_nothing(volint_tree):
    """Has no column that its message asks for."""


class volint_raises(commands.Command):
    """Three rows, and then an exception."""

    def unified_output(self, data):
        return TreeGrid([("Text", str)], self.generator())

    def generator(self):
        for n in range(3):
            yield 0, ["row %d" % n]
        raise RuntimeError("the guest\x1b[31m is broken")


class volint_leaves(volint_raises):
    """Three rows, and then the end of the process, without an error."""

    def generator(self):
        for n in range(3):
            yield 0, ["row %d" % n]
        raise SystemExit(0)


class volint_table_row(volint_raises):
    """A table that is only printed; what it inherits is one for other rows."""

    def calculate(self):
        return None

    def render_text(self, outfd, data):
        outfd.write("some words\n")
        self.table_header(outfd, [("Text", "10"), ("Place", "[addrpad]"), ("Count", "5")])
        for n in range(3):
            self.table_row(outfd, "row %d" % n, 0xffff888000158000 + n, n)


class volint_words(commands.Command):
    """No table at all."""

    def render_text(self, outfd, data):
        outfd.write("only words\n")


class volint_spoken(commands.Command):
    """Rows that do not come from a table."""

    def calculate(self):
        return ["alpha", "beta\xff"]


def unix_time(config, *seconds):
    vm = addrspace.BufferAddressSpace(config, data=struct.pack("<%dI" % len(seconds), *seconds))
    return UnixTimeStamp("UnixTimeStamp", 0, vm, is_utc=True)


def windows_time(config, ticks):
    vm = addrspace.BufferAddressSpace(config, data=struct.pack("<q", ticks))
    return WinTimeStamp("WinTimeStamp", 0, vm, is_utc=True)


class volint_times(commands.Command):
    """Times as commands write them, which --tz changes."""

    # Of winter, of summer, and of the two hours of one name between them.
    TIMES = [1767225638, 1782864038, 1792888200, 1792891800]

    def unified_output(self, data):
        return TreeGrid([("Text", str), ("Time", str), ("Seconds", str), ("Object", str)], self.generator())

    def generator(self):
        for seconds in self.TIMES:
            moment = unix_time(self._config, seconds)
            yield 0, [str(moment), str(moment), str(moment), moment]


class volint_values(commands.Command):
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
        yield "hex", Hex(0x1f)
        yield "negative hex", Hex(-0x1f)
        yield "address of user space", Address64(0x7fff00001000)
        yield "address", Address(0xffff888000158000)
        yield "no address", Address(-1)
        yield "number in a str", "12"
        yield "hex in a str", "0x1f"
        yield "number in a str, over 64 bits", "0x1ffffffffffffffff"
        yield "long in a str", "5L"
        yield "dash", "-"
        yield "not applicable in a str", "N/A"
        yield "nothing in a str", ""
        yield "text too long", "x" * (16 << 20) + "!"
        yield "word", "open"
        yield "unicode", u"\xe9"
        yield "bytes", Bytes("\xff\0a")
        yield "no bytes", Bytes(None)
        yield "no bytes in Bytes", Bytes("")
        yield "true", True
        yield "false", False
        yield "float", 1.5
        yield "a third", 1 / 3.0
        yield "NaN", float("nan")
        yield "infinity", float("-inf")
        yield "date", "2026-01-01 00:00:38 UTC+0000"
        yield "date elsewhere", "2025-12-31 17:00:38 UTC-0700"
        yield "date before 1970", "1969-12-31 23:59:59 UTC+0000"
        yield "date in a zone by name", "2026-01-01 00:00:38 CET"
        yield "datetime", datetime.datetime(2026, 1, 1, 0, 0, 38, 250000)
        yield "aware", datetime.datetime(2026, 1, 1, 1, 0, 38, 250000, timefmt.OffsetTzInfo(3600))
        yield "before 1970", datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, timefmt.UTC())
        yield "before the first", datetime.datetime(1, 1, 1, tzinfo=timefmt.OffsetTzInfo(60))
        yield "UnixTimeStamp", unix_time(self._config, 1767225638)
        yield "UnixTimeStamp that can't be read", unix_time(self._config)
        yield "WinTimeStamp", windows_time(self._config, (1767225638 + 11644473600) * 10000000 + 2500000)
        yield "WinTimeStamp of zero", windows_time(self._config, 0)
        yield "WinTimeStamp after the last year", windows_time(self._config, (1 << 63) - 1)
        yield "None", None
        yield "NoneObject", obj.NoneObject("none")
        yield "list", []

    def unified_output(self, data):
        columns = [("Case", str)] + [(title, str) for title in self.COLUMNS]
        return TreeGrid(columns, ((0, [case] + [value] * len(self.COLUMNS)) for case, value in self.values()))


class Object(object):
    """Has some of a message's fields for attributes."""

    id, must, parts = 3, True, ()

    @property
    def name(self):
        raise KeyError("gone")


class volint_shapes(commands.Command):
    """Values for fields of every shape; Volatility 3's plugin has the same."""

    def calculate(self):
        def once(*items):
            return (item for item in items)

        none = obj.NoneObject("a reason")
        part = {"id": 1, "name": "\xff", "must": True}
        yield "list", [1, 2]
        yield "tuple", (3, 12)
        yield "one", 12
        yield "iterator", once(5)
        yield "set", set([7])
        yield "items without a value", [1, None, none, "-"]
        yield "items that do not fit", [1 << 40, {}, "junk", "open"]
        yield "nothing", None
        yield "unreadable", none
        yield "dict", {"id": 4, "must": True, "parts": [part, {"must": 0}], "colour": 5}
        yield "object", Object()
        yield "pairs", [("5", {"must": 1}), (6, part), ("x", 7)]
        yield "seconds", {"seconds": 5, "nanos": 7}
        ring = {"must": True}
        ring["parts"] = [ring]
        yield "ring", ring

    def render_text(self, outfd, data):
        pass
