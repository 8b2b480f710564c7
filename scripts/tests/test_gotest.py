"""Tests of what `make test` prints."""

import contextlib
import io
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import gotest


def event(action, test=None, output=None):
    result = {"Action": action, "Package": "p"}
    if test:
        result["Test"] = test
    if output:
        result["Output"] = output
    return result


def shown(*events):
    """What the report prints for these events."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        report = gotest.Report()
        for each in events:
            report.take(each)
        report.close()
    return out.getvalue()


class ReportTest(unittest.TestCase):
    def test_a_test_that_passes_is_silent(self):
        self.assertEqual(
            shown(event("output", "T", "noise\n"), event("pass", "T"),
                  event("output", None, "PASS\n"), event("output", None, "ok  \tp\t0.1s\n")),
            "ok  \tp\t0.1s\n1 passed, 0 failed, 0 skipped\n")

    def test_a_test_that_fails_shows_all(self):
        self.assertEqual(
            shown(event("output", "T", "noise\n"), event("fail", "T")),
            "noise\n0 passed, 1 failed, 0 skipped\n")

    def test_a_test_that_never_ended_shows_all(self):
        self.assertEqual(
            shown(event("output", "T", "panic: no\n")),
            "panic: no\n0 passed, 0 failed, 0 skipped\n")

    def test_missing_tools_are_told_once_with_all_their_tests(self):
        reason = "    a_test.go:1: SKIP(tool): frob is missing: make one\n"
        self.assertEqual(
            shown(event("output", "B", reason), event("skip", "B"),
                  event("output", "A", reason), event("skip", "A")),
            "skipped: A, B\n  frob is missing: make one\n0 passed, 0 failed, 2 skipped\n")

    def test_what_does_not_compile_is_shown(self):
        self.assertIn("a.go:1: no", shown(event("build-output", None, "a.go:1: no\n")))


if __name__ == "__main__":
    unittest.main()
