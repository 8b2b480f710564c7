import datetime
import unittest

import loader  # noqa: F401
from volrender import volrender_times as times
from volrender import volrender_values as values


class Zone(datetime.tzinfo):
    def __init__(self, minutes):
        self.minutes = minutes

    def utcoffset(self, _moment):
        return datetime.timedelta(minutes=self.minutes)

    def dst(self, _moment):
        return datetime.timedelta(0)


NEW_YEAR = datetime.datetime(2026, 1, 1, 0, 0, 38, 250000)
SECONDS = 1767225638


class Integers(unittest.TestCase):
    def test_text(self):
        for text, want in (
            ("123", 123), (" 7 ", 7), ("0x1F", 31), ("-5", -5), ("12L", 12), (u"42", 42),
            ("2026-01-01 00:00:38 UTC+0000", SECONDS),
            ("2025-12-31 17:00:38 UTC-0700", SECONDS),
            ("2026-01-01 01:30:38 CET+0130", SECONDS),
            ("2026-01-01 00:00:38", SECONDS),
            ("1969-12-31 23:59:59 UTC+0000", -1),
        ):
            self.assertEqual(want, values.integer(text), text)

    def test_absent(self):
        for value in (None, "-", "", "N/A", values.UNREADABLE):
            self.assertIsInstance(values.integer(value), values.Absent)

    def test_lost(self):
        for value, reason in (
            ("abc", "not a number"),
            ("9" * 5000, "not a number"),
            ("2026-13-45 00:00:00", "not a time"),
            ("2026-01-01 00:00:38 CET", "time in a zone that has no offset"),
            (float("nan"), "not a number"),
            (values.Blob("5", b"5"), "type bytes in a number"),
            (values.Blob("x", b"5", is_text=True), "not a number"),
            ([], "type list"),
            (values.Failed(KeyError("x")), "KeyError"),
        ):
            with self.assertRaises(values.Lost) as caught:
                values.integer(value)
            self.assertEqual(reason, caught.exception.reason)

    def test_times(self):
        for moment in (NEW_YEAR, NEW_YEAR.replace(tzinfo=Zone(0)), NEW_YEAR.replace(tzinfo=Zone(-420)) - datetime.timedelta(minutes=420)):
            self.assertEqual(SECONDS, values.integer(moment))
        self.assertEqual(-1, values.integer(datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)))

    def test_floats_are_rounded_down(self):
        self.assertEqual(-3, values.integer(-2.5))


class Zones(unittest.TestCase):
    def test_offsets(self):
        for text, want in (
            ("2026-01-01 00:00:38-03", SECONDS + 10800), ("2026-01-01 00:00:38 -03-0300", SECONDS + 10800),
            ("2026-01-01T00:00:38Z", SECONDS), ("2026-01-01 00:00:38 +05:30", SECONDS - 19800),
            ("2026-01-01 00:00:38 LMT+00:53:28", SECONDS - 3208), ("0001-01-01 00:00:00", -62135596800),
        ):
            self.assertEqual(want, values.integer(text), text)
        for text in ("2026-01-01 00:00:38 +", "2026-01-01 00:00:38 +0", "2026-01-01", "00:00:38"):
            self.assertRaises(values.Lost, values.integer, text)

    def test_a_name_alone(self):
        asked = []
        before = times.zones[0]
        times.zones[0] = lambda local, name: asked.append((local, name)) or 5
        try:
            self.assertEqual((5, 250000000), values.time("2026-01-01 00:00:38.25 CET"))
        finally:
            times.zones[0] = before
        self.assertEqual([(datetime.datetime(2026, 1, 1, 0, 0, 38), "CET")], asked)

    def test_offsets_that_change_the_year(self):
        first = datetime.datetime(1, 1, 1, tzinfo=Zone(1))
        self.assertEqual(-62135596860, values.integer(first))
        self.assertRaises(values.Lost, values.time, first)


class Timestamps(unittest.TestCase):
    def test_full_value(self):
        self.assertEqual((SECONDS, 250000000), values.time(NEW_YEAR))
        self.assertEqual((SECONDS, 0), values.time("2026-01-01 00:00:38 UTC+0000"))
        self.assertEqual((SECONDS, 250000000), values.time(SECONDS + 0.25))
        self.assertEqual((-1, 0), values.time("-1"))
        self.assertEqual((-1, 999999000), values.time(datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)))
        self.assertEqual((-1, 999999999), values.time(-1e-17))
        self.assertEqual((5, 0), values.time(values.Shown("a date", 5)))

    def test_range(self):
        for value in (1 << 40, -(1 << 40)):
            with self.assertRaises(values.Lost):
                values.time(value)


class Texts(unittest.TestCase):
    def test_utf8(self):
        for value, want in (
            ("init", b"init"), (u"\xe9", b"\xc3\xa9"), (True, b"True"), (12, b"12"), (1.5, b"1.5"),
            (NEW_YEAR, b"2026-01-01T00:00:38.250000"), (values.Blob("text", b"\0"), b"text"),
            (b"\xff", b"\\xff"), (values.Shown("a date", 5), b"a date"), (0.1, b"0.1"), (float("nan"), b"nan"),
            (u"\u202e\0\x1b", b"\xe2\x80\xae\0\x1b"), (1 << 70, b"1180591620717411303424"),
        ):
            self.assertEqual(want, values.utf8(value))

    def test_hexadecimal_classes(self):
        class Hexadecimal(int):
            pass

        values.SHOWN.append((Hexadecimal, hex))
        try:
            self.assertEqual(b"0x1f", values.utf8(Hexadecimal(31)))
        finally:
            values.SHOWN.pop()

    def test_raw(self):
        for value, want in ((b"\xff\0", b"\xff\0"), (u"\xe9", b"\xc3\xa9"), (values.Blob("text", b"\0"), b"\0")):
            self.assertEqual(want, values.raw(value))
        with self.assertRaises(values.Lost):
            values.raw(3)


class Booleans(unittest.TestCase):
    def test_all(self):
        for value, want in ((True, True), (0, False), (2, True), ("True", True), ("no", False), ("1", True), (u"yes", True)):
            self.assertIs(want, values.boolean(value))
        self.assertIsInstance(values.boolean("-"), values.Absent)


if __name__ == "__main__":
    unittest.main()
