"""Which plugin a worker runs for a command."""
import unittest

import loader  # noqa: F401
from volrender import volrender_fields as fields
from volrender import volrender_find as finding
from volrender import volrender_rows as rows
from worker import names
from worker.failure import Failure

OLD = ["linux.malfind.Malfind", "linux.pslist.PsList", "windows.ip.Addr", "windows.ip.Link"]
BOTH = OLD + ["linux.malware.malfind.Malfind"]
NEW = ["linux.malware.malfind.Malfind", "linux.pslist.PsList"]


class Support(object):
    def __init__(self, *messages):
        self.finding = finding
        self.messages = dict((message.full_name, message) for message in messages)


def message(full_name, plugin="", aliases=()):
    return rows.Message(full_name, plugin, [fields.uint32(1, "pid", column="pid")], None, aliases=aliases)


MALFIND = message("p.LinuxMalwareMalfind", "linux.malware.malfind.Malfind", ["linux.malfind.Malfind"])
PSLIST = message("p.LinuxPslist", "linux.pslist.PsList")
BY_NAME = message("p.linux_pslist")


class Names(unittest.TestCase):
    def find(self, plugin, wanted, installed):
        return names.find(plugin, wanted, installed, Support(MALFIND, PSLIST, BY_NAME), "Volatility 3")

    def test_first_name_there_is(self):
        self.assertEqual("linux.malfind.Malfind", self.find("", MALFIND, OLD))
        self.assertEqual("linux.malware.malfind.Malfind", self.find("", MALFIND, BOTH))
        self.assertEqual("linux.malware.malfind.Malfind", self.find("", MALFIND, NEW))
        self.assertEqual("linux.pslist.PsList", self.find("", BY_NAME, NEW))

    def test_plugin_of_another_release(self):
        self.assertEqual("linux.malware.malfind.Malfind", self.find("linux.malfind.Malfind", None, NEW))
        self.assertEqual("linux.malfind.Malfind", self.find("linux.malware.malfind.Malfind", None, OLD))

    def test_exact_name_is_taken(self):
        self.assertEqual("linux.malfind.Malfind", self.find("linux.malfind.Malfind", None, BOTH))

    def test_folded(self):
        self.assertEqual("linux.pslist.PsList", self.find("linux_pslist", None, NEW))

    def test_none_and_two(self):
        with self.assertRaises(Failure) as caught:
            self.find("", MALFIND, ["linux.pslist.PsList"])
        self.assertIn("no plugin linux.malware.malfind.Malfind", caught.exception.message)
        with self.assertRaises(Failure) as caught:
            self.find("windows.ip", None, OLD)
        self.assertIn("2 plugins that windows.ip can mean", caught.exception.message)


if __name__ == "__main__":
    unittest.main()
