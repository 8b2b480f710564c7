"""Finding the message of a plugin, the columns of a table, and telling people."""
import io
import unittest

import loader  # noqa: F401
from volrender import volrender_abi as abi
from volrender import volrender_fields as fields
from volrender import volrender_find as finding
from volrender import volrender_rows as rows
from volrender import volrender_table as table

PLUGINS = ["linux_pslist", "linux_pstree", "linux.pslist.PsList", "linux.pslist.Other", "windows.info.Info"]


def message(full_name, plugin="", *columns, **more):
    made = [fields.uint32(n + 1, name, column=fields.fold(name)) for n, name in enumerate(columns or ["name"])]
    return rows.Message(full_name, plugin, made, None, **more)


class Finding(unittest.TestCase):
    def setUp(self):
        finding.messages.clear()
        self.installed = finding.installed[0]
        finding.installed[0] = lambda: PLUGINS

    def tearDown(self):
        finding.installed[0] = self.installed
        finding.messages.clear()

    def add(self, *args, **more):
        return finding.messages.add(message(*args, **more))

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
        made = self.add("p.a", "linux_pslist", module="first")
        self.add("p.a", "linux_pslist", module="second")
        self.assertIs(made, finding.messages["p.a"])
        self.assertEqual("p.a is in first and in second", self.refused("ambiguous-message", "linux_pslist").message)
        again = self.add("p.a", "linux_pslist", module="first")
        self.assertIs(again, finding.messages["p.a"])

    def test_a_plugins_own_message(self):
        task = self.add("p.Task", "linux.pslist.PsList", command="linux_pslist")
        self.assertIs(task, finding.find("linux.pslist.PsList"))
        own = self.add("p.LinuxPslist", "linux.pslist.PsList", command="linux.pslist")
        self.assertIs(own, finding.find("linux.pslist.PsList"))
        for name in ("linux_pslist", "Task", "p.Task"):
            self.assertIs(task, finding.find("linux.pslist.PsList", name))
        self.assertIs(own, finding.find("linux.pslist.PsList", "linux.pslist"))
        self.add("p.Third", "linux.pslist.PsList", command="linux.pslist.PsList")
        self.refused("ambiguous-message", "linux.pslist.PsList")

    def test_own_message_by_the_whole_name(self):
        self.add("p.Task", "linux_pslist", command="tasks")
        own = self.add("p.Whole", "linux_pslist", command="linux_pslist")
        self.assertIs(own, finding.find("linux_pslist"))

    def test_aliases(self):
        made = self.add("p.a", "linux.new.New", aliases=["linux.pslist.Other", "linux.pslist.PsList"])
        self.assertEqual(["linux.pslist.Other", "linux.pslist.PsList"], finding.plugins_of(made, PLUGINS))
        self.assertIs(made, finding.find("linux.pslist.PsList"))
        self.assertIs(made, finding.find("linux.pslist.Other"))
        self.assertIn("linux.pslist.Other", self.refused("no-message", "linux.pslist.Othr").hint)


class TableColumns(unittest.TestCase):
    def columns(self, titles, *names, **more):
        made = message("p.m", "", *names)
        self.out = []
        self.writer = rows.Writer(made, self.out.append, strict=more.pop("strict", False))
        return table.Columns(self.writer, "some_plugin", titles, **more)

    def written(self, columns, *items):
        """The fields' numbers and values in the rows of these items."""
        columns.rows([(0, item) for item in items])
        self.writer.flush()
        data, found = bytearray(b"".join(self.out)), []
        while data:
            end = 4 + data[0]
            found.append([(data[i] >> 3, data[i + 1]) for i in range(4, end, 2)])
            del data[:end]
        return found

    def test_titles_are_compared_folded(self):
        columns = self.columns(["StartTime", "PID", "Name"], "start_time", "name")
        self.assertEqual([[(1, 7), (2, 9)]], self.written(columns, [7, 8, 9]))
        self.assertTrue(self.writer.report.complete)

    def test_one_missing(self):
        columns = self.columns(["PID", "Name"], "name", "start_time")
        self.assertEqual([[(1, 9)]], self.written(columns, [8, 9]))
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
        self.assertEqual([[(2, 8)]], self.written(columns, (8, 9)))
        self.assertTrue(self.writer.report.complete)

    def test_rows_of_another_length(self):
        columns = self.columns(["PID", "Name"], "name", "pid")
        self.assertEqual([[(2, 1)], [(1, 2), (2, 1)], [(1, 2), (2, 1)]], self.written(columns, [1], (1, 2, 3), [1, 2]))
        self.assertEqual({("(row)", "1 values for 2 columns"): 1, ("(row)", "3 values for 2 columns"): 1}, self.writer.report.lost)

    def test_two_columns_alike(self):
        self.columns(["P-ID", "PID."], "pid")
        self.assertIn("first of the columns P-ID, PID.", self.writer.report.warnings[0])

    def test_depth_follows_volatility(self):
        levels = [(level, None) for level in (0, 1, 5, 1, 0, 9, -3)]
        self.assertEqual([0, 1, 2, 1, 0, 1, 0], [depth for depth, _ in table.depths(levels)])


class Telling(unittest.TestCase):
    def test_no_control_character_reaches_the_terminal(self):
        stream = io.StringIO() if str is not bytes else io.BytesIO()
        finding.tell(stream, "error", u"a\x1b[31m\nb\x9b")
        self.assertEqual("error: a\\x1b[31m\\x0ab\\x9b\n", stream.getvalue())


class Versions(unittest.TestCase):
    def test_require(self):
        abi.require(abi.ABI)
        with self.assertRaises(ImportError) as caught:
            abi.require(abi.ABI + 1)
        self.assertIn("protoc-gen-volrender", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
