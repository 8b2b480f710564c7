"""The small modules."""
import logging
import os
import sys
import threading
import unittest

import volint_test_support  # noqa: F401
from volint_worker import channel, failure, lifeline, logs, main, result


class FailureTest(unittest.TestCase):
    def test_describe_is_one_line(self):
        class Odd(Exception):
            def __str__(self):
                raise ValueError

        self.assertEqual(failure.describe(ValueError("a\n  b")), "ValueError: a b")
        self.assertEqual(failure.describe(ValueError()), "ValueError")
        self.assertEqual(failure.describe(Odd()), "Odd")
        self.assertEqual(len(failure.describe(ValueError("x" * 5000))), len("ValueError: ") + 400)

    def test_printable(self):
        self.assertEqual(failure.printable("a\x1b[2J\n"), "a\\x1b[2J\\x0a")


class LogsTest(unittest.TestCase):
    def test_levels_and_bad_formats(self):
        lines = []

        class Control(object):
            def log(self, level, text):
                lines.append((level, text))

        handler = logs.Handler(Control())
        for level, text, args in [(logging.WARNING, "a %s", ("b",)), (logging.INFO, "%d", ("x",)), (5, "deep", ())]:
            handler.emit(logging.LogRecord("vol", level, "f", 1, text, args, None))
        self.assertEqual(lines, [("warn", "vol: a b"), ("info", "vol: %d"), ("debug", "vol: deep")])

    def test_who_logs_does_not_notice_that_nobody_listens(self):
        class Control(object):
            def log(self, level, text):
                raise channel.Gone()

        logs.Handler(Control()).emit(logging.LogRecord("vol", logging.INFO, "f", 1, "text", (), None))


class LifelineTest(unittest.TestCase):
    def test_the_end_is_noticed(self):
        ended = threading.Event()
        r, w = os.pipe()
        lifeline.watch([lifeline.take(r)], ended.set)
        self.assertFalse(ended.is_set())
        self.assertEqual(os.read(r, 1), b"")  # plugins read nothing there
        os.close(w)
        ended.wait()
        os.close(r)


class MainTest(unittest.TestCase):
    def test_text_is_native(self):
        got = main.native({u"a": [u"b", 1, True, None, u"\u00e9"]})
        want = {"a": ["b", 1, True, None, u"\u00e9" if sys.version_info[0] == 3 else b"\xc3\xa9"]}
        self.assertEqual(got, want)
        self.assertIs(type(got["a"][0]), str)
        self.assertIs(got["a"][2], True)


class ResultTest(unittest.TestCase):
    def test_end_record(self):
        class Report(object):
            rows, warnings = 3, ["w"]
            missing = [("a", "A"), ("b", "B"), ("a", "A2")]
            lost = {("f", "r"): 2, ("e", "r"): 1}

        self.assertEqual(result.end_record(Report, "p", "2.6.1"), {
            "rows": 3, "plugin": "p", "volatility": "2.6.1", "missing": ["a", "b"], "warnings": ["w"],
            "lost": [{"field": "e", "reason": "r", "count": 1}, {"field": "f", "reason": "r", "count": 2}],
        })


if __name__ == "__main__":
    unittest.main()
