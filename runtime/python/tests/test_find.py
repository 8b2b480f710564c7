"""Finding the message of a plugin, the columns of a table, and telling people."""
import io
import unittest

import loader  # noqa: F401
from volrender import volrender_fields as fields
from volrender import volrender_find as finding
from volrender import volrender_rows as rows
from volrender import volrender_table as table
from volrender import volrender_values as values

PLUGINS = ["linux_pslist", "linux_pstree", "linux.pslist.PsList", "linux.pslist.Other", "windows.info.Info"]


def message(full_name, plugin="", *columns):
    made = [fields.string(n + 1, name, column=fields.fold(name)) for n, name in enumerate(columns or ["name"])]
    return rows.Message(full_name, plugin, made, None)


class Finding(unittest.TestCase):
    def setUp(self):
        finding.messages.clear()
        self.installed = finding.installed[0]
        finding.installed[0] = lambda: PLUGINS

    def tearDown(self):
        finding.installed[0] = self.installed
        finding.messages.clear()

    def add(self, *args):
        return finding.add(message(*args), "module")

    def refused(self, code, *args):
        with self.assertRaises(rows.Refused) as caught:
            finding.find(*args)
        self.assertEqual(code, caught.exception.code)
        return caught.exception

    def test_by_exact_plugin(self):
        made = self.add("p.anything", "linux_pslist")
        self.assertIs(made, finding.find("linux_pslist"))
        self.refused("no-message", "linux_pstree")

    def test_by_name(self):
        made = self.add("volatility_render.linux_pstree_task")
        self.assertIs(made, finding.find("linux_pstree"))
        made = self.add("p.WindowsInfo")
        self.assertIs(made, finding.find("windows.info.Info"))
        made = self.add("p.LinuxPslistPsList")
        self.assertIs(made, finding.find("linux.pslist.PsList"))

    def test_whole_name_first(self):
        made = self.add("p.linux_pslist")
        self.assertEqual(["linux.pslist.Other", "linux.pslist.PsList", "linux_pslist"], finding.plugins_of(made, PLUGINS))
        self.refused("unknown-plugin", "linux.pslist.PsList")

    def test_two_messages(self):
        self.add("p.a", "linux_pslist")
        made = self.add("p.b", "linux_pslist")
        self.assertIn("p.a, p.b", self.refused("ambiguous-message", "linux_pslist").message)
        self.assertIs(made, finding.find("linux_pslist", "p.b"))
        refused = self.refused("no-message", "linux_pslist", "p.c")
        self.assertEqual("VOLRENDER_MESSAGE=p.c is no message for linux_pslist", refused.message)
        self.assertEqual("choose one of p.a, p.b", refused.hint)

    def test_near_names(self):
        self.add("p.a", "linux_pslist")
        self.assertIn("linux_pslist", self.refused("no-message", "linux_pstree").hint)

    def test_last_word(self):
        for name, want in (("linux_pslist_task", "linux_pslist"), ("LinuxPslistTask", "LinuxPslist"), ("LinuxVMATask", "LinuxVMA"), ("task", ""), ("Task", "")):
            self.assertEqual(want, finding.less_last_word(name))

    def test_two_modules_with_one_message(self):
        self.add("p.a", "x")
        with self.assertRaises(ImportError):
            finding.add(message("p.a"), "other")
        finding.add(message("p.a"), "module")  # the same one again


class TableColumns(unittest.TestCase):
    def columns(self, titles, *names, **more):
        made = message("p.m", "", *names)
        made.encode = lambda report: None
        self.writer = rows.Writer(made, None, strict=more.pop("strict", False))
        return table.Columns(self.writer, "some_plugin", titles, **more)

    def test_titles_are_compared_folded(self):
        columns = self.columns(["StartTime", "PID", "Name"], "start_time", "name")
        self.assertEqual(("t", "n"), tuple(columns.pick(["t", 1, "n"], 0)))
        self.assertTrue(self.writer.report.complete)

    def test_one_missing(self):
        columns = self.columns(["PID", "Name"], "name", "start_time")
        self.assertEqual(["n", values.MISSING], list(columns.pick([1, "n"], 0)))
        report = self.writer.report
        self.assertEqual([("start_time", "start_time")], report.missing)
        self.assertEqual(1, len(report.warnings))
        for word in ("p.m", "start_time", "some_plugin", "PID, Name"):
            self.assertIn(word, report.warnings[0])

    def test_none_there(self):
        with self.assertRaises(rows.Refused) as caught:
            self.columns(["PID"], "name", "start_time")
        self.assertEqual("missing-column", caught.exception.code)

    def test_strict(self):
        with self.assertRaises(rows.Refused):
            self.columns(["PID", "Name"], "name", "start_time", strict=True)

    def test_hidden_columns_are_not_missing(self):
        columns = self.columns(["PID", "Name"], "name", "pid", hidden={1})
        self.assertEqual([values.MISSING, 1], columns.pick([1, "n"], 0))
        self.assertTrue(self.writer.report.complete)

    def test_rows_of_another_length(self):
        columns = self.columns(["PID", "Name"], "name", "pid")
        self.assertEqual([values.UNKNOWN, 1], list(columns.pick([1], 0)))
        self.assertEqual([2, 1], list(columns.pick([1, 2, 3], 0)))
        self.assertEqual({("(row)", "1 values for 2 columns"): 1, ("(row)", "3 values for 2 columns"): 1}, self.writer.report.lost)

    def test_two_columns_alike(self):
        self.columns(["P-ID", "PID."], "pid")
        self.assertIn("first of the columns P-ID, PID.", self.writer.report.warnings[0])

    def test_depth_follows_volatility(self):
        depth = table.Depth()
        self.assertEqual([0, 1, 2, 1, 0, 1, 0], [depth.of(level) for level in (0, 1, 5, 1, 0, 9, -3)])


class Telling(unittest.TestCase):
    def test_no_control_character_reaches_the_terminal(self):
        stream = io.StringIO() if str is not bytes else io.BytesIO()
        finding.tell(stream, "error", u"a\x1b[31m\nb\x9b")
        self.assertEqual("error: a\\x1b[31m\\x0ab\\x9b\n", stream.getvalue())


class Versions(unittest.TestCase):
    def test_require(self):
        rows.require(rows.ABI)
        with self.assertRaises(ImportError) as caught:
            rows.require(rows.ABI + 1)
        self.assertIn("protoc-gen-volrender", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
