"""Fields, and whole rows: what the fast way writes, the slow way writes too."""
import datetime
import random
import re
import struct
import unittest

import loader  # noqa: F401
from volrender import volrender_compound as compound
from volrender import volrender_fast as fast
from volrender import volrender_fields as fields
from volrender import volrender_rows as rows
from volrender import volrender_table as tables
from volrender import volrender_values as values
from volrender import volrender_wire as wire


def encode(field, value, report=None):
    return field.encode(field.value(value, report or rows.Report()))


class Kinds(unittest.TestCase):
    def test_wire_format(self):
        for field, value, want in (
            (fields.uint32(1, "f"), 1 << 40 | 5, b"\x08\x05"),
            (fields.uint64(1, "f"), -1, b"\x08" + b"\xff" * 9 + b"\x01"),
            (fields.int32(1, "f"), -1, b"\x08" + b"\xff" * 9 + b"\x01"),
            (fields.int64(1, "f"), "-2", b"\x08\xfe" + b"\xff" * 8 + b"\x01"),
            (fields.sint32(1, "f"), -1, b"\x08\x01"),
            (fields.sint64(1, "f"), 1, b"\x08\x02"),
            (fields.fixed32(1, "f"), -1, b"\x0d\xff\xff\xff\xff"),
            (fields.sfixed32(1, "f"), -2, b"\x0d\xfe\xff\xff\xff"),
            (fields.fixed64(16, "f"), 1, b"\x81\x01" + struct.pack("<Q", 1)),
            (fields.sfixed64(1, "f"), -1, b"\x09" + b"\xff" * 8),
            (fields.bool_(1, "f"), 7, b"\x08\x01"),
            (fields.float_(1, "f"), "1.5", b"\x0d" + struct.pack("<f", 1.5)),
            (fields.float_(1, "f"), u"1.5", b"\x0d" + struct.pack("<f", 1.5)),
            (fields.double(1, "f"), 3, b"\x09" + struct.pack("<d", 3)),
            (fields.string(2, "f"), u"\xe9", b"\x12\x02\xc3\xa9"),
            (fields.bytes_(2, "f"), b"\xff", b"\x12\x01\xff"),
            (fields.enum(1, "f", {"CLOSE_WAIT": 8}), "close-wait", b"\x08\x08"),
            (fields.enum(1, "f", {"CLOSE_WAIT": 8}), u"CLOSE_WAIT", b"\x08\x08"),
            (fields.enum(1, "f", {"A": 0}), 99, b"\x08\x63"),
            (fields.timestamp(1, "f"), -1, b"\x0a\x0b\x08" + b"\xff" * 9 + b"\x01"),
            (fields.timestamp(1, "f"), 0, b"\x0a\x00"),
            (fields.timestamp(1, "f"), 0.5, b"\x0a\x06\x10" + wire.varint(500000000)),
        ):
            self.assertEqual(want, encode(field, value), (type(field).__name__, value))

    def test_canonical_addresses(self):
        field = fields.uint64(1, "f", canonical=True)
        for address, want in (
            (0x888000158000, 0xFFFF888000158000),
            (0xFFFF888000158000, 0xFFFF888000158000),
            (0x7FFE00000000, 0x7FFE00000000),
            (-1, (1 << 64) - 1),
        ):
            self.assertEqual(want, field.value(address, rows.Report()))

    def test_what_does_not_fit_is_counted(self):
        for field, value, reason in (
            (fields.int32(1, "f"), 1 << 31, "out of range"),
            (fields.sint64(1, "f"), 1 << 63, "out of range"),
            (fields.int64(1, "f"), 1 << 64, "does not fit in 64 bits"),
            (fields.uint64(1, "f"), 1 << 64, "does not fit in 64 bits"),
            (fields.fixed64(1, "f"), -(1 << 63) - 1, "does not fit in 64 bits"),
            (fields.uint64(1, "f", canonical=True), 1 << 64 | 5, "does not fit in 64 bits"),
            (fields.bytes_(1, "f"), b"x" * (values.LIMIT + 1), values.TOO_LONG),
            (fields.string(1, "f"), b"\xff" * (values.LIMIT // 4 + 1), values.TOO_LONG),
            (fields.float_(1, "f"), 1e300, "out of range"),
            (fields.double(1, "f"), 10 ** 400, "out of range"),
            (fields.enum(1, "f", {"A": 0}, closed=True), 1, "not a value of the enum"),
            (fields.enum(1, "f", {"A": 0}), "PERM_NOPE", "not a name of the enum"),
            (fields.enum(1, "f", {"A": 0}), 1 << 40, "out of range"),
            (fields.string(1, "f"), {}, "type dict"),
        ):
            report = rows.Report()
            self.assertEqual(b"", encode(field, value, report))
            self.assertEqual({("f", reason): 1}, report.lost)
            self.assertFalse(report.complete)

    def test_what_has_holes_is_told_and_written(self):
        for field, want in ((fields.bytes_(1, "f"), b"\xff\0"), (fields.string(1, "f"), b"\\xff\0")):
            report = rows.Report()
            self.assertEqual(b"\x0a" + wire.varint(len(want)) + want, encode(field, values.Holed(b"\xff\0"), report))
            self.assertEqual(["1 value of field f: " + values.HOLED], report.warnings)
            self.assertTrue(report.complete)

    def test_absence(self):
        report = rows.Report()
        self.assertEqual(b"", encode(fields.uint64(1, "f"), None, report))
        self.assertEqual(b"\x08\x07", encode(fields.uint64(1, "f", absent_value=7), None, report))
        self.assertEqual(b"", encode(fields.uint64(1, "f", absent_value=7), values.MISSING, report))
        self.assertTrue(report.complete)

    def test_companions(self):
        subject, companion = fields.uint64(1, "f"), fields.absence(2, "why", of="f")
        companion.subject = subject
        for value, want in (
            (5, b""), (None, b"\x10\x01"), ("-", b"\x10\x01"), (values.UNREADABLE, b"\x10\x02"),
            (values.NOT_APPLICABLE, b"\x10\x04"), (values.MISSING, b"\x10\x05"), ("junk", b"\x10\x01"),
        ):
            self.assertEqual(want, encode(companion, value))


    def test_implicit_zeros_are_not_written(self):
        for make, zero in (
            (fields.uint32, 0), (fields.int64, 0), (fields.string, ""), (fields.bytes_, b""), (fields.bool_, False),
            (fields.double, 0.0), (fields.fixed32, 0), (fields.sint32, 0),
        ):
            self.assertEqual(b"", encode(make(1, "f", implicit=True), zero))
            self.assertNotEqual(b"", encode(make(1, "f"), zero))
        self.assertNotEqual(b"", encode(fields.double(1, "f", implicit=True), -0.0))


def make_message(**more):
    """A message with a field of each kind."""
    numbers = [getattr(fields, name) for name in NUMBERS]
    made = [make(i + 1, "f%d" % i, **more) for i, make in enumerate(numbers + [
        fields.float_, fields.double, fields.bool_, fields.string, fields.bytes_, fields.timestamp])]
    made += [
        fields.uint64(40, "address", canonical=True, **more), fields.fixed64(41, "place", canonical=True, **more),
        fields.int64(42, "odd", canonical=True, **more), fields.enum(43, "state", {"Open": 3, "B": 0}, **more),
        fields.enum(44, "closed", {"Open": 3, "B": 0}, closed=True, **more), fields.absence(45, "why", of="told"),
        fields.uint32(46, "told", absent_value=7, **more), fields.string(47, "also", absent_value=None, **more),
    ]
    return rows.Message("test.row", "", made, None)


NUMBERS = "int32 sint32 sfixed32 uint32 fixed32 int64 sint64 sfixed64 uint64 fixed64".split()


class Absent64(object):
    """Swallows operators, as Volatility 2's NoneObject does."""

    def __and__(self, _other):
        return self

    __add__ = __sub__ = __mul__ = __mod__ = __lshift__ = __rshift__ = __xor__ = __or__ = __and__
    __call__ = __getattr__ = __radd__ = __rlshift__ = __rrshift__ = __rxor__ = __ror__ = __rand__ = __and__

    def __len__(self):
        return 0

    def __int__(self):
        return -1


class Whole(int if str is not bytes else long):  # noqa: F821
    """As Volatility has its own integers."""


class Name(str):
    pass


class Zone(datetime.tzinfo):
    """An hour behind, or as many as are set."""

    hours = 1

    def utcoffset(self, _moment):
        return datetime.timedelta(hours=-self.hours)

    dst = tzname = lambda self, _moment: None


UTC = getattr(datetime, "timezone", None) and datetime.timezone.utc
AWARE, BEHIND = datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 1, 1, tzinfo=Zone())


class FastAndSlow(unittest.TestCase):
    VALUES = [
        0, 1, -1, 5, 127, 128, 0x3FFF, 0x4000, (1 << 28) - 1, 1 << 28, -(1 << 28), 1 << 40, 0xFFFF888000158000,
        0x888000158000, (1 << 50) + 5, (1 << 64) + 5, 1 << 70, -(1 << 70), True, False, 1.5, -1.5, 3.0, -0.0, 0.0, None, "-", "12",
        "0x10", "init", u"\xe9", u"\u20ac", u"\udcff", b"\xff\xfe", "a\\x41", b"a\\x41", "", u"", b"", values.UNREADABLE,
        values.MISSING, values.Failed(ValueError("x")), [], {}, Absent64(), float("inf"), float("nan"), 1e300,
        "2026-01-01 00:00:38 UTC+0000", datetime.datetime(2026, 1, 1), AWARE, BEHIND, values.Blob("5", b"\0"),
        values.Blob("5", b"\0", is_text=True), values.Shown("open", 0), values.Holed(b"a\0"), "Open", u"open", "b", Name("Open"), Name("x"), "x" * 300,
        Whole(5), Whole(1 << 63), Whole(-3), object(),
    ] + [n + d for n in (1 << 31, 1 << 32, 1 << 63, 1 << 64, -(1 << 31), -(1 << 63)) for d in (-1, 0, 1)]

    def setUp(self):
        values.absent(Absent64, values.UNKNOWN)

    def test_agree_on_any_row(self):
        rnd = random.Random(11)
        for more in ({}, {"implicit": True}, {"required": True}):
            message = make_message(**more)
            report, slow_report = rows.Report(), rows.Report()
            fast = message.encode(report)
            for _ in range(1500):
                row = [rnd.choice(self.VALUES) for _ in message.valued]
                self.assertEqual(message.slow(row, slow_report), fast(row), row)
            self.assertEqual(slow_report.lost, report.lost)

    def test_agree_on_numbers(self):
        rnd = random.Random(12)
        message, report = make_message(), rows.Report()
        fast = message.encode(report)
        for _ in range(1500):
            sign = rnd.choice((1, 1, -1))
            row = [sign * rnd.getrandbits(rnd.randrange(1, 66)) for _ in message.valued]
            self.assertEqual(message.slow(row, report), fast(row), row)

    def test_equal_times_may_be_two_moments(self):
        """As in the hour that comes twice."""
        fast = rows.Message("test.row", "", [fields.timestamp(1, "f")], None).encode(rows.Report())
        first = fast([BEHIND])
        BEHIND.tzinfo.hours = 2
        try:
            self.assertNotEqual(first, fast([BEHIND]))
        finally:
            BEHIND.tzinfo.hours = 1

    def test_plain_rows_need_no_rules(self):
        plain = {"float_": 1.5, "double": 1.5, "bool_": True, "string": "init", "bytes_": b"\xff"}
        for name in NUMBERS + sorted(plain):
            for implicit in (False, True):
                field = getattr(fields, name)(1, "f", implicit=implicit)
                message = rows.Message("test.row", "", [field], None)
                fast = message.encode(rows.Report())
                field.value = None  # would raise
                self.assertNotEqual(b"", fast([plain.get(name, 77)]))

    def test_a_required_companion_is_missed_where_there_is_a_value(self):
        why = fields.absence(2, "why", of="f", required=True)
        message, report = rows.Message("test.row", "", [fields.uint32(1, "f"), why], None), rows.Report()
        message.encode(report)([1])
        self.assertEqual({("why", "required, but there is none"): 1}, report.lost)


class FromTables(unittest.TestCase):
    def test_columns_in_any_order(self):
        message = rows.Message("test.row", "", [
            fields.uint32(1, "b", column="b"), fields.uint32(2, "again", column="b"), fields.uint32(3, "depth", depth=True),
            fields.uint32(4, "none", column="none"), fields.absence(5, "why", of="none"), fields.uint32(6, "a", column="a"),
        ], None)
        out = []
        with rows.Writer(message, out.append) as writer:
            columns = tables.Columns(writer, "plugin", ["A", "Other", "B"])
            self.assertTrue(columns.deep)
            columns.rows(tables.depths([(0, (1, "x", 2)), (5, [3, "x", None]), (-1, (1, "x", 2))]))
        self.assertEqual(
            b"\x0a\0\0\0\x08\x02\x10\x02\x18\x00\x28\x05\x30\x01" b"\x06\0\0\0\x18\x01\x28\x05\x30\x03"
            b"\x0a\0\0\0\x08\x02\x10\x02\x18\x00\x28\x05\x30\x01", b"".join(out))
        self.assertEqual([("none", "none")], writer.report.missing)
        self.assertEqual({}, writer.report.lost)

    def test_columns_that_are_there_sometimes(self):
        message = rows.Message("test.row", "", [
            fields.uint32(1, "v", column="v", sometimes=True), fields.uint32(2, "p", column="p", sometimes=True),
            compound.repeated(fields.uint32(3, "more", column="more", sometimes=True)),
        ], None)
        out = []
        with rows.Writer(message, out.append, strict=True) as writer:
            tables.Columns(writer, "plugin", ["P"]).rows([(0, [7])])
        self.assertEqual(b"\x02\0\0\0\x10\x07", b"".join(out))
        self.assertTrue(writer.report.complete)
        with self.assertRaises(rows.Refused):
            tables.Columns(writer, "plugin", ["Other"])


class Source(unittest.TestCase):
    """What functions are made of."""

    def text(self, name, implicit):
        """The names and literals in the text for a message whose names are made of name."""
        found = []
        fast.compile = lambda text, *more: found.append(text) or compile(text, *more)
        try:
            made = make_message(implicit=implicit)
            for field in made.fields:
                field.name, field.title = name + field.name, name
                field.of = field.of and name + field.of
            message = rows.Message(name, name, made.fields, None)
            writer = rows.Writer(message, None)
            writer.rows([])
            tables.Columns(writer, name, [name])
        finally:
            del fast.compile
        return found

    def test_no_name_of_a_schema_is_in_it(self):
        for implicit in (False, True):
            self.assertEqual(self.text("a", implicit), self.text("'\n__import__('os')._exit(3)#", implicit))

    def test_only_numbers_and_own_names_are_in_it(self):
        own = re.compile(
            r"(def|for|in|continue|if|elif|else|try|except|raise|is|not|return|and|or|as|make|tools|write|rows|values|item|depth|data"
            r"|len|[tvp]\d+[bcd]?|[nh]|__class__|error|Exception|IndexError|TypeError|ValueError|bytes|float|int|b)$")
        for implicit in (False, True):
            for text in self.text("a", implicit):
                text = text.replace("b''", "")
                self.assertFalse(set(text) & set("'\"#\\"))
                for word in re.findall(r"[A-Za-z_][A-Za-z_0-9]*", re.sub(r"\b0x[0-9a-f]+\b", "", text)):
                    self.assertTrue(own.match(word), word)


class Writing(unittest.TestCase):
    def message(self, *names):
        return rows.Message("test.row", "", [fields.uint32(i + 1, n) for i, n in enumerate(names)], None)

    def test_frames(self):
        out = []
        with rows.Writer(self.message("n"), out.append) as writer:
            writer.rows([n % 2] for n in range(600))
        self.assertEqual(600, writer.report.rows)
        self.assertEqual(b"\x02\0\0\0\x08\x00\x02\0\0\0\x08\x01" * 300, b"".join(out))
        self.assertGreater(len(out), 2)

    def test_large_frames(self):
        out, message = [], rows.Message("test.row", "", [fields.bytes_(1, "data")], None)
        with rows.Writer(message, out.append) as writer:
            writer.rows([[b"x" * 70000]])
        self.assertEqual(struct.pack("<I", 70004) + b"\x0a" + wire.varint(70000) + b"x" * 70000, b"".join(out))

    def test_a_row_that_no_reader_takes(self):
        out, message = [], rows.Message("test.row", "", [fields.bytes_(n, "data%d" % n) for n in range(1, 6)], None)
        large = b"x" * values.LIMIT
        with rows.Writer(message, lambda frames: out.append(len(frames))) as writer:
            writer.rows([[b"a"] * 5, [large] * 5, [large] * 3 + [b"a"] * 2, [b"b"] * 5])
        self.assertEqual({("(row)", "longer than %d bytes" % (64 << 20)): 1}, writer.report.lost)
        self.assertEqual((3, 3), (writer.report.rows, len(out)))  # what is large waits for nothing
        self.assertGreater(out[1], 3 * values.LIMIT)

    def test_rows_do_not_wait(self):
        out, clock = [], [0.0]
        writer_class = type("Timed", (rows.Writer,), {"now": staticmethod(lambda: clock[0])})

        def slow():
            for n in range(5):
                clock[0] += 1
                yield [n]
                self.assertEqual(n + 1, len(out))  # each is there before the next one is made

        with writer_class(self.message("n"), out.append) as writer:
            writer.rows(slow())
        self.assertEqual(5, len(out))

    def test_what_was_written_before_an_exception_arrives(self):
        def failing():
            for n in range(3):
                yield [n]
            raise RuntimeError

        out = []
        with self.assertRaises(RuntimeError):
            with rows.Writer(self.message("n"), out.append) as writer:
                writer.rows(failing())
        self.assertEqual(3, writer.report.rows)
        self.assertEqual(18, len(b"".join(out)))

    def test_rows_that_could_not_be_written_are_not_written_again(self):
        calls = []

        def broken(frames):
            calls.append(frames)
            raise IOError

        with self.assertRaises(IOError):
            with rows.Writer(self.message("n"), broken) as writer:
                writer.rows([[1]])
        self.assertEqual(1, len(calls))

    def test_an_expression_that_raises_costs_its_value(self):
        out = []
        with rows.Writer(self.message("a", "b"), out.append) as writer:
            writer.rows([(values.Failed(KeyError("x")), 1)])
        self.assertEqual({("a", "KeyError"): 1}, writer.report.lost)
        self.assertEqual(b"\x02\0\0\0\x10\x01", b"".join(out))

    def test_no_fields(self):
        for encode in (None, lambda _row: b""):
            out, message = [], self.message()
            message.by_rule = lambda _report: encode
            with rows.Writer(message, out.append) as writer:
                writer.rows([(), ()])
            self.assertEqual(b"\0" * 8, b"".join(out))
            self.assertEqual(b"", message.encode(rows.Report())(()))

    def test_required(self):
        report, message = rows.Report(), rows.Message("test.row", "", [fields.uint32(1, "a", required=True)], None)
        self.assertEqual(b"", message.slow([None], report))
        self.assertEqual({("a", "required, but there is none"): 1}, report.lost)


if __name__ == "__main__":
    unittest.main()
