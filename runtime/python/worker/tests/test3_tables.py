"""The tables of plugins: all of the Volatility that runs, and the tests' own."""
import importlib.util
import os
import sys
import tempfile
import unittest
from unittest import mock

import volint_test_support
from volatility3.framework import constants
import volatility3.plugins
from volint_worker import asked3, imports3, tabular3, unimported3

# How many plugins there are with all extras; of those, deprecated names.
PLUGINS, ALIASES = {"2.28.2": 197, "2.27.0": 195}, 28
# What can't be run without memory.
SOURCE_ONLY = {"windows.crashinfo.Crashinfo", "windows.virtmap.VirtMap"}


def setUpModule():
    imports3.import_all()


def own():
    """The module of the tests' own plugins."""
    name = "volatility3.plugins.volint_test_tables3"
    if name not in sys.modules:
        path = os.path.join(volint_test_support.HERE, "volint_test_tables3.py")
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def columns(record):
    return [(column["title"], column["type"]) for column in record["columns"]]


def sometimes(record):
    return [column["title"] for column in record["columns"] if column["sometimes"]]


class Volatility(unittest.TestCase):
    """All plugins that Volatility has."""

    @classmethod
    def setUpClass(cls):
        cls.plugins = imports3.import_all()
        cls.plugins.update(unimported3.Missing().imported())
        cls.records = tabular3.records(cls.plugins, [name for name in cls.plugins if "volint" not in name])

    def test_all_are_told(self):
        version = constants.PACKAGE_VERSION
        self.assertEqual(len(self.records), PLUGINS[version])
        self.assertEqual([name for name in self.records if not self.records[name]["columns"]], [])

    def test_both_ways_agree(self):
        how = dict((name, record["how"]) for name, record in self.records.items())
        self.assertEqual(set(name for name in how if how[name] != "both"), SOURCE_ONLY)
        self.assertEqual(set(how[name] for name in SOURCE_ONLY), {"source"})

    def test_deprecated_names(self):
        found = dict((name, record["successor"]) for name, record in self.records.items() if record["successor"])
        self.assertEqual(len(found), ALIASES)
        self.assertEqual(found["linux.tty_check.tty_check"], "linux.malware.tty_check.Tty_Check")
        self.assertEqual(found["windows.amcache.Amcache"], "windows.registry.amcache.Amcache")
        for name, successor in found.items():
            self.assertEqual(self.records[name]["columns"], self.records[successor]["columns"], name)
            self.assertEqual(self.records[name]["tree"], self.records[successor]["tree"], name)

    def test_a_table_of_another_module(self):
        for name in ("lsmod.Lsmod", "malware.check_modules.Check_modules", "malware.hidden_modules.Hidden_modules"):
            self.assertEqual(
                columns(self.records["linux." + name]),
                [("Offset", "Hex"), ("Module Name", "str"), ("Code Size", "Hex"), ("Taints", "str")]
                + [("Load Arguments", "str"), ("File Output", "str")],
            )

    def test_offsets_whose_name_an_option_changes(self):
        for name in ("joblinks.JobLinks", "pslist.PsList", "psscan.PsScan", "pstree.PsTree", "malware.psxview.PsXView"):
            record = self.records["windows." + name]
            # psxview writes the words out; psscan is physical by default.
            kinds = sorted(title[len("Offset") :] for title in sometimes(record))
            self.assertEqual(kinds, ["(Physical)", "(Virtual)"] if "psxview" in name else ["(P)", "(V)"])
            places = [place for place, column in enumerate(record["columns"]) if column["sometimes"]]
            self.assertEqual(places[0] + 1, places[1], "they stand side by side")
            addresses = dict((column["title"][7:8], column["address"]) for column in record["columns"] if column["sometimes"])
            self.assertEqual(addresses, {"V": "virtual", "P": "physical"})

    def test_columns_that_options_add(self):
        self.assertEqual(sometimes(self.records["linux.tracing.ftrace.CheckFtrace"]), ["Flags"])
        self.assertEqual(sometimes(self.records["layerwriter.LayerWriter"]), ["Status", "Layer name", "Layer type"])
        mbrscan = self.records["windows.mbrscan.MBRScan"]
        self.assertEqual((len(mbrscan["columns"]), len(sometimes(mbrscan))), (19, 10))
        self.assertEqual(columns(mbrscan)[-2:], [("Disasm", "Disassembly"), ("Bootcode", "LayerData")])
        self.assertEqual(
            [title for title, _kind in columns(self.records["linux.mountinfo.MountInfo"])],
            ["MNT_NS_ID", "PID", "MOUNT ID", "PARENT_ID", "MAJOR:MINOR", "ROOT", "MOUNT_POINT", "MOUNT_OPTIONS", "FIELDS"]
            + ["DEVNAME", "PATH", "FSTYPE", "MOUNT_SRC", "SB_OPTIONS", "MNT_OPTS"],
        )

    def test_trees(self):
        trees = set(name for name, record in self.records.items() if record["tree"])
        self.assertLessEqual(
            {"linux.pstree.PsTree", "mac.pstree.PsTree", "windows.pstree.PsTree", "windows.devicetree.DeviceTree"}
            | {"frameworkinfo.FrameworkInfo", "linux.iomem.IOMem", "windows.registry.userassist.UserAssist"},
            trees,
        )
        flat = {"linux.pslist.PsList", "windows.pslist.PsList", "linux.lsmod.Lsmod", "timeliner.Timeliner", "linux.kmsg.Kmsg"}
        self.assertFalse(flat & trees)

    def test_absence(self):
        pslist = dict((column["title"], column["absent"]) for column in self.records["linux.pslist.PsList"]["columns"])
        self.assertEqual(pslist["UID"], ["not-available"])
        self.assertEqual(pslist["PID"], [])
        windows = dict((column["title"], column["absent"]) for column in self.records["windows.pslist.PsList"]["columns"])
        self.assertEqual(windows["ExitTime"], ["not-applicable", "unparsable"])
        files = dict((column["title"], column["absent"]) for column in self.records["linux.pagecache.Files"]["columns"])
        self.assertEqual(files["AccessTime"], ["unparsable"])
        sockets = dict((column["title"], column["absent"]) for column in self.records["linux.sockstat.Sockstat"]["columns"])
        self.assertEqual(sockets["Destination Addr"], ["not-available"])
        services = dict((column["title"], column["absent"]) for column in self.records["windows.svcscan.SvcScan"]["columns"])
        self.assertEqual(services["PID"], ["not-applicable", "unreadable"])

    def test_options(self):
        options = dict((option["name"], option) for option in self.records["linux.pslist.PsList"]["options"])
        self.assertEqual((options["pid"]["kind"], options["pid"]["element"]), ("list", "int"))


class Own(unittest.TestCase):
    """The tests' own plugins."""

    @classmethod
    def setUpClass(cls):
        module = own()
        cls.plugins = dict((name, value) for name, value in vars(module).items() if hasattr(value, "get_requirements"))
        with mock.patch.object(asked3, "SECONDS", 0.2):
            cls.records = tabular3.records(cls.plugins, [name for name in cls.plugins if name != "Sleeps"])
        with mock.patch.object(asked3, "PATIENCE", 0.5):
            cls.records.update(tabular3.records(cls.plugins, ["Sleeps"]))

    def test_columns(self):
        tested = 0
        for name, plugin in self.plugins.items():
            if not hasattr(plugin, "expected"):
                continue
            with self.subTest(name):
                want, not_always, how = plugin.expected
                record = self.records[name]
                self.assertEqual(columns(record), [(title, kind.__name__) for title, kind in want])
                self.assertEqual((sometimes(record), record["how"]), (not_always, how))
                self.assertEqual(bool(record.get("reason")), not want)
                tested += 1
        self.assertGreater(tested, 10)
        self.assertFalse(os.path.exists(own().Meddles.made))

    def test_rows(self):
        for name in ("Absent", "Looped", "Implemented"):
            with self.subTest(name):
                record, plugin = self.records[name], self.plugins[name]
                absent = dict((column["title"], column["absent"]) for column in record["columns"] if column["absent"])
                self.assertEqual([title for title, _kind in columns(record)], plugin.titles)
                self.assertEqual((absent, record["tree"]), (plugin.absent, plugin.tree))

    def test_addresses(self):
        record = self.records["Addresses"]
        self.assertEqual([column["address"] for column in record["columns"]], self.plugins["Addresses"].addresses)


class Missing(unittest.TestCase):
    """Plugins that can't be imported."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        paths = list(volatility3.plugins.__path__)
        volatility3.plugins.__path__ = [folder.name] + paths
        self.addCleanup(setattr, volatility3.plugins, "__path__", paths)
        self.folder = folder.name
        importlib.invalidate_caches()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    PLUGIN = """
from volatility3.framework import renderers
from volatility3.framework.interfaces import plugins

class Some(plugins.PluginInterface):
    _required_framework_version = (2, 0, 0)
    def run(self):
        return renderers.TreeGrid([("Name", str)], iter(()))
"""

    def test_a_package_that_is_not_there(self):
        self.write("volint_test_lacking.py", "import volint_nowhere.inside as n\nfrom volint_nowhere import Thing\n" + self.PLUGIN)
        self.write("volint_test_broken.py", "1 / 0\n" + self.PLUGIN)
        self.write("volint_test_unread.py", "1 +\n")
        missing = unimported3.Missing()
        plugins = missing.imported()
        self.assertEqual([name for name in plugins if "volint" in name], ["volint_test_lacking.Some"])
        record = tabular3.records(plugins, ["volint_test_lacking.Some"])["volint_test_lacking.Some"]
        self.assertEqual((columns(record), record["how"]), ([("Name", "str")], "both"))
        reasons = dict((name, reason) for name, reason in missing.hopeless() if "volint" in name)
        self.assertEqual(sorted(reasons), ["volint_test_broken.Some", "volint_test_unread"])
        self.assertIn("ZeroDivisionError", reasons["volint_test_broken.Some"])
        with self.assertRaises(ImportError):
            import volint_nowhere_else  # noqa: F401 - stand-ins are gone


if __name__ == "__main__":
    unittest.main()
