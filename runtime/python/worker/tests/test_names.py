import unittest

import volint_test_support  # noqa: F401
from volint_dropins import volrender_find as finding
from volint_worker import failure, names


class Message(object):
    def __init__(self, name, plugin=""):
        self.name, self.plugin, self.aliases = name, plugin, []


class Support(object):
    """As a drop-ins' support module, without messages."""

    finding, messages = finding, {}


PLUGINS = ["linux.pslist.PsList", "linux.psaux.PsAux", "linux.ip.Addr", "linux.ip.Link", "banners.Banners"]
COMMANDS = ["linux_pslist", "linux_psaux", "pslist"]


def find(plugin, message=Message("other"), plugins=PLUGINS):
    return names.find(plugin, message, plugins, Support, "Volatility 3 (2.28.2)")


class FindTest(unittest.TestCase):
    def test_found(self):
        for plugin, message, plugins, want in [
            ("linux.pslist.PsList", Message("x"), PLUGINS, "linux.pslist.PsList"),
            ("linux.pslist", Message("x"), PLUGINS, "linux.pslist.PsList"),
            ("Linux_PsList", Message("x"), PLUGINS, "linux.pslist.PsList"),
            ("linux_pslist", Message("x"), COMMANDS, "linux_pslist"),
            ("", Message("linux_pslist_task"), PLUGINS, "linux.pslist.PsList"),
            ("", Message("LinuxPslistTask"), COMMANDS, "linux_pslist"),
            ("", Message("x", "linux.ip.Addr"), PLUGINS, "linux.ip.Addr"),
        ]:
            self.assertEqual(find(plugin, message, plugins), want)

    def refused(self, *args):
        with self.assertRaises(failure.Failure) as caught:
            find(*args)
        self.assertEqual(caught.exception.code, "unknown-plugin")
        return caught.exception

    def test_two(self):
        for args in (("linux.ip",), ("", Message("linux_ip_row"))):
            self.assertEqual(self.refused(*args).hint, "give one of these in full: linux.ip.Addr, linux.ip.Link")

    def test_none(self):
        refused = self.refused("linux.pslst")
        self.assertEqual(refused.message, "Volatility 3 (2.28.2) has no plugin linux.pslst")
        self.assertTrue(refused.hint.startswith("it has names like it: linux.pslist.PsList"), refused.hint)
        self.assertIn("--plugins", self.refused("", Message("zzzzzzzzzz")).hint)
        # A plugin that the message names is not looked for under other names.
        self.assertIn("linux.pslist.PsLst", self.refused("", Message("linux_pslist", "linux.pslist.PsLst")).message)


if __name__ == "__main__":
    unittest.main()
