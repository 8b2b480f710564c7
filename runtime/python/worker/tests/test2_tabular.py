"""The tables of commands: of all that Volatility 2 has, and of odd ones."""
import __builtin__
import collections
import socket
import sys
import unittest

import volint_test_engine2 as warm

ENGINE = warm.engine()
import volatility.commands as commands  # noqa: E402 - the engine imports Volatility where it is safe
import volatility.debug as debug  # noqa: E402
import volatility.utils as utils  # noqa: E402
from volatility.renderers import TreeGrid  # noqa: E402
from volatility.renderers.basic import Address, Hex  # noqa: E402
from volint_worker import asked2, tables_of2, tabular2  # noqa: E402


def told():
    """The records of all commands, sent by a child: it imports what others must not
    find."""
    control = warm.Control()
    tables_of2.send(ENGINE, {"plugin": ""}, control)
    return [fields["table"] for kind, fields in control.records if kind == "table"]


TABLES = dict((table["plugin"], table) for table in warm.child(told))


def columns(table):
    return [(column["title"], column["type"]) for column in table["columns"]]


def sometimes(table):
    return [column["title"] for column in table["columns"] if column.get("sometimes")]


def column(table, title):
    return next(column for column in table["columns"] if column["title"] == title)


class AllTest(unittest.TestCase):
    def test_how_many(self):
        how = collections.Counter(table.get("how", "none") for table in TABLES.values())
        # 203 have a unified_output. Of these, 9 inherit it from a command with other
        # rows, of which 4 write a table of their own; and mac_bash_env only says that
        # it was given up.
        self.assertEqual(how, {"both": 192, "source": 1, "text": 23 + 4, "none": 39 + 5 + 1})

    def test_reasons(self):
        reasons = collections.Counter(table["reason"] for table in TABLES.values() if not table["columns"])
        other = "writes text only; the table that it inherits from %s is for other rows"
        self.assertEqual(reasons.pop("writes text only"), 39)
        self.assertEqual(reasons.pop("This plugin is deprecated. Please use mac_psenv."), 1)
        inherited = {"linux_pslist": 1, "mac_pslist": 1, "svcscan": 1, "atoms": 2}
        self.assertEqual(reasons, dict((other % name, count) for name, count in inherited.items()))
        self.assertFalse([table for table in TABLES.values() if table["columns"] and "reason" in table])

    def test_types(self):
        types = collections.Counter(kind for table in TABLES.values() for _, kind in columns(table))
        self.assertEqual(set(types), {"str", "int", "Address", "Hex", "Bytes"})
        titles = [[title for title, _ in columns(table)] for table in TABLES.values()]
        self.assertFalse([each for each in titles if len(set(each)) < len(each)])

    def test_grid(self):
        table = TABLES["linux_pslist"]
        self.assertEqual(table["doc"], "Gather active tasks by walking the task_struct->task list")
        self.assertEqual(
            table["columns"],
            [
                {"title": "Offset", "type": "Address", "address": "virtual"},
                {"title": "Name", "type": "str"},
                {"title": "Pid", "type": "int"},
                {"title": "Uid", "type": "str", "absent": ["unknown"]},
                {"title": "Gid", "type": "str", "absent": ["unknown"]},
                {"title": "DTB", "type": "Address", "address": "physical", "absent": ["unknown"]},
                {"title": "StartTime", "type": "str", "absent": ["unknown"]},
            ],
        )
        self.assertEqual([option["name"] for option in table["options"]], ["pid"])

    def test_inherited(self):
        self.assertEqual(columns(TABLES["linux_pidhashtable"]), columns(TABLES["linux_pslist"]))
        self.assertEqual(column(TABLES["linux_psscan"], "Offset")["address"], "physical")
        self.assertEqual(columns(TABLES["linux_yarascan"]), columns(TABLES["yarascan"]))

    def test_options_that_change_columns(self):
        self.assertEqual(sometimes(TABLES["ssdt"]), ["Destination", "HookName"])
        self.assertEqual(sometimes(TABLES["pslist"]), ["Offset(V)", "Offset(P)"])
        self.assertEqual([title for title, _ in columns(TABLES["pslist"])][:3], ["Offset(V)", "Offset(P)", "Name"])
        self.assertEqual(sometimes(TABLES["ldrmodules"]), ["LoadPath", "InitPath", "MemPath"])
        self.assertEqual(sometimes(TABLES["linux_route_cache"]), ["Dest Name"])
        self.assertEqual(sometimes(TABLES["moddump"]), [])  # which must be given a folder

    def test_columns_that_come_with_the_data(self):
        table = TABLES["imageinfo"]
        self.assertEqual(columns(table)[:3], [("Suggested Profile(s)", "str"), ("PAE type", "str"), ("DTB", "Address")])
        self.assertEqual(len(sometimes(table)), len(table["columns"]))

    def test_tree(self):
        self.assertEqual([name for name in sorted(TABLES) if TABLES[name]["tree"]], ["pstree"])

    def test_text(self):
        numbers = ["<%s>" % name for name in "active_objs num_objs objsize objperslab pagesperslab active_slabs num_slabs".split()]
        self.assertEqual(columns(TABLES["linux_slabinfo"]), [("<name>", "str")] + [(name, "int") for name in numbers])
        self.assertEqual(
            columns(TABLES["linux_vma_cache"]),
            [("Process", "str"), ("PID", "int"), ("Start", "Address"), ("End", "Address"), ("Path", "str")],
        )
        self.assertIn(("Mac Address", "str"), columns(TABLES["mac_ifconfig"]))
        self.assertIn(("Entry Time", "int"), columns(TABLES["mac_timers"]))
        self.assertEqual(columns(TABLES["mac_find_aslr_shift"]), [("Shift Value", "Hex")])
        self.assertEqual(columns(TABLES["linux_process_hollow"])[-1], ("Symbol Address", "Address"))

    def test_what_lacks_a_library(self):
        self.assertEqual(TABLES["hashdump"]["how"], "both")
        self.assertIn("Start", [title for title, _ in columns(TABLES["svcscan"])])

    def test_as_commands_say_when_they_run(self):
        for name in ("linux_pslist", "linux_cpuinfo", "linux_check_idt", "linux_ifconfig", "linux_psaux"):
            rows = warm.run(name)
            self.assertTrue(isinstance(rows, list) and rows, (name, rows))
            for row in rows:
                self.assertEqual(sorted(row["row"]), sorted(title for title, _ in columns(TABLES[name])), name)
                for title, kind in columns(TABLES[name]):
                    self.assertEqual(isinstance(row["row"][title], type(u"")), kind in ("str", "Bytes"), (name, title))


class Odd(commands.Command):
    """A command that is asked for its table."""

    def calculate(self):
        return []

    def generator(self, data):
        for each in data:
            yield (0, [Address(each.obj_offset), str(each.name or "")])


class OddTest(unittest.TestCase):
    def table(self, unified_output, base=Odd, **members):
        members["unified_output"] = unified_output
        members.setdefault("__module__", __name__)
        return tabular2.table("odd", type("Odd" + self.id().rpartition(".")[2], (base,), members), ENGINE.config)

    def test_asked_only(self):
        def unified_output(self, data):
            return TreeGrid([("%s %d" % ("Title", i), int) for i in range(2)], self.generator(data))

        table = self.table(unified_output)
        self.assertEqual((columns(table), table["how"]), ([("Title 0", "int"), ("Title 1", "int")], "run"))

    def test_combinations(self):
        def unified_output(self, data):
            found = [("A", int)]
            if self._config.VERBOSE:
                found.append(("B", int))
                if self._config.OUTPUT_FILE:
                    found.append(("C", Hex))
            return TreeGrid(found + [("D", str)], self.generator(data))

        table = self.table(unified_output)
        self.assertEqual(columns(table), [("A", "int"), ("B", "int"), ("C", "Hex"), ("D", "str")])
        self.assertEqual(sometimes(table), ["B", "C"])

    def test_needs(self):
        def unified_output(self, data):
            if not self._config.OUTPUT_FILE:
                debug.error("give a file")
            space = utils.load_as(self._config)
            for symbol in space.profile.get_symbols("kernel")["all"]:
                debug.error("nothing is there")
            return TreeGrid([("Size", int)], self.generator(data))

        self.assertEqual(columns(self.table(unified_output)), [("Size", "int")])

    def test_refused(self):
        def unified_output(self, data):
            debug.error("not today")

        table = self.table(unified_output)
        self.assertEqual((table["columns"], table["reason"]), ([], "not today"))

    def test_kept_from_the_outside(self):
        for act in (
            lambda: open("/dev/null"),
            lambda: socket.socket(),
            lambda: sys.exit(3),
        ):
            before = __builtin__.open, socket.socket, sys.stdout, utils.load_as
            table = self.table(lambda self, data: act())
            self.assertEqual(table["columns"], [])
            self.assertTrue(table["reason"])
            self.assertEqual((__builtin__.open, socket.socket, sys.stdout, utils.load_as), before)

    def test_what_does_not_end(self):
        def unified_output(self, data):
            while True:
                pass

        self.addCleanup(setattr, asked2, "SECONDS", asked2.SECONDS)
        asked2.SECONDS = 1
        self.assertEqual(self.table(unified_output)["reason"], "it took longer than 1 seconds")

    def test_rows_of_others(self):
        class Tree(Odd):
            def unified_output(self, data):
                return TreeGrid([("Offset", Address), ("Name", str)], self.rows(data))

            def rows(self, data):
                def below(each, level):
                    yield (level, [Address(each.v()), str(each.name)])

                for each in self.generator(data):
                    yield each
                for each in data:
                    for row in below(each, 1):
                        yield row

        table = tabular2.table("tree", Tree, ENGINE.config)
        self.assertTrue(table["tree"])
        offset, name = table["columns"]
        self.assertEqual((offset["address"], name["absent"]), ("virtual", ["unknown"]))

    def test_without_source(self):
        namespace = {"TreeGrid": TreeGrid, "Odd": Odd}
        exec("class Unread(Odd):\n def unified_output(self, data):\n  return TreeGrid([('A', int)], None)\n", namespace)
        namespace["Unread"].__module__ = "nowhere"
        table = tabular2.table("unread", namespace["Unread"], ENGINE.config)
        self.assertEqual((columns(table), table["how"]), ([("A", "int")], "run"))


if __name__ == "__main__":
    unittest.main()
