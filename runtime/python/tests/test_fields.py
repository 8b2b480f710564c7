"""Fields, and whole rows: what the fast way writes, the slow way writes too."""
import random
import struct
import unittest

import loader  # noqa: F401
from volrender import volrender_fields as fields
from volrender import volrender_rows as rows
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
            (fields.float_(1, "f"), 1e300, "out of range"),
            (fields.double(1, "f"), 10 ** 400, "out of range"),
            (fields.enum(1, "f", {"A": 0}, closed=True), 1, "not a value of the enum"),
            (fields.string(1, "f"), {}, "type dict"),
        ):
            report = rows.Report()
            self.assertEqual(b"", encode(field, value, report))
            self.assertEqual({("f", reason): 1}, report.lost)
            self.assertFalse(report.complete)

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
    """A message of common kinds, with the encoder that would be generated for it."""
    def encoder(puts):
        t_u64, t_address, t_text, t_u32, t_i64, t_data, t_flag, t_real = puts

        def encode(row):
            v_u64, v_address, v_text, v_u32, v_i64, v_data, v_flag, v_real = row
            v_text = wire.fast_text(v_text)
            v_data = wire.fast_bytes(v_data)
            return wire.join((
                t_u64(v_u64 & wire.MASK64),
                t_address(fields.sign_extend(v_address)),
                t_text[len(v_text)], v_text,
                t_u32[v_u32 & wire.MASK32],
                t_i64(v_i64),
                t_data[len(v_data)], v_data,
                t_flag(v_flag),
                t_real(v_real),
            ))

        return encode

    made = [
        fields.uint64(1, "u64", **more), fields.uint64(2, "address", canonical=True, **more),
        fields.string(3, "text", **more), fields.uint32(4, "u32", **more), fields.int64(5, "i64", **more),
        fields.bytes_(6, "data", **more), fields.bool_(7, "flag", **more), fields.double(8, "real", **more),
    ]
    return rows.Message("test.row", "", made, None, encoder)


class Absent64(object):
    """Swallows operators, as Volatility 2's NoneObject does."""

    def __and__(self, _other):
        return self

    __call__ = __getattr__ = __rand__ = __and__

    def __len__(self):
        return 0

    def __int__(self):
        return -1


class FastAndSlow(unittest.TestCase):
    VALUES = [
        0, 1, -1, 5, 1 << 40, 0xFFFF888000158000, 1 << 63, 1 << 70, True, False, 1.5, -0.0, None, "-", "12", "0x10",
        "init", u"\xe9", b"\xff\xfe", "a\\x41", "", values.UNREADABLE, values.MISSING, values.Failed(ValueError("x")), [], Absent64(),
        float("inf"), "2026-01-01 00:00:38 UTC+0000",
    ]

    def test_agree_on_any_row(self):
        rnd = random.Random(11)
        values.reader(Absent64, lambda _value: values.UNKNOWN)
        for more in ({}, {"implicit": True}):
            message = make_message(**more)
            fast, report, slow_report = None, rows.Report(), rows.Report()
            fast = message.encode(report)
            for _ in range(5000):
                row = [rnd.choice(self.VALUES) for _ in message.fields]
                self.assertEqual(message.slow(row, slow_report), fast(row), row)
            self.assertEqual(slow_report.lost, report.lost)

    def test_plain_rows_take_the_fast_way(self):
        message = make_message()
        message.slow = None  # would raise
        fast = message.encode(rows.Report())
        fast((1, 0x888000158000, "init", 4, -5, b"\xff", True, 1.5))


class Writing(unittest.TestCase):
    def test_frames(self):
        out = []
        message = rows.Message("test.row", "", [fields.uint32(1, "n")], None, lambda puts: lambda row: puts[0][row[0] & 1])
        with rows.Writer(message, out.append) as writer:
            for n in range(600):
                writer.row([n])
        data = b"".join(out)
        self.assertEqual(600, writer.report.rows)
        self.assertEqual(b"\x02\0\0\0\x08\x00\x02\0\0\0\x08\x01" * 300, data)

    def test_what_was_written_before_an_exception_arrives(self):
        out, message = [], make_message()
        with self.assertRaises(RuntimeError):
            with rows.Writer(message, out.append) as writer:
                writer([lambda: 1] * 8)
                raise RuntimeError
        self.assertEqual(1, writer.report.rows)
        self.assertNotEqual(b"", b"".join(out))

    def test_an_expression_that_raises_costs_its_value(self):
        out, message = [], rows.Message(
            "test.row", "", [fields.uint32(1, "a"), fields.uint32(2, "b")], None,
            lambda puts: lambda row: wire.join((puts[0][row[0] & 1], puts[1][row[1] & 1])),
        )
        with rows.Writer(message, out.append) as writer:
            writer([lambda: {}["x"], lambda: 1])
        self.assertEqual({("a", "KeyError"): 1}, writer.report.lost)
        self.assertEqual(b"\x02\0\0\0\x10\x01", b"".join(out))

    def test_required(self):
        report, message = rows.Report(), rows.Message("test.row", "", [fields.uint32(1, "a", required=True)], None)
        self.assertEqual(b"", message.slow([None], report))
        self.assertEqual({("a", "required, but there is none"): 1}, report.lost)


if __name__ == "__main__":
    unittest.main()
