"""Where the index of symbol files lies when it can't lie in the cache."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import volint_test_support  # noqa: F401
import volatility3.symbols
from volatility3.framework import constants
from volint_worker import failure, place3, symbols3


class PlaceTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root, True)
        self.addCleanup(setattr, constants, "CACHE_PATH", constants.CACHE_PATH)
        for name in ("temporary", "symbols"):
            os.mkdir(os.path.join(self.root, name))
        before = os.environ.get("TMPDIR")
        self.addCleanup(lambda: os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before))
        os.environ["TMPDIR"] = os.path.join(self.root, "temporary")
        self.wanted = os.path.join(self.root, "volint", "volatility3", "0123")
        self.own = os.path.join(self.root, "temporary", "volint-%d" % os.geteuid())
        self.addCleanup(setattr, volatility3.symbols, "__path__", volatility3.symbols.__path__)
        volatility3.symbols.__path__ = [os.path.join(self.root, "symbols")]
        with open(os.path.join(self.root, "symbols", "k.json"), "w") as out:
            symbols = {"linux_banner": {"address": 1, "constant_data": "TGludXgA"}}
            json.dump({"metadata": {"format": "6.2.0"}, "symbols": symbols}, out)

    def check(self, place):
        self.assertEqual(constants.CACHE_PATH, place)
        symbols3.update_index()
        self.assertEqual(list(symbols3.known_banners()), ["Linux"])
        self.assertTrue(symbols3.is_current())

    def check_elsewhere(self, said, wanted=None):
        with self.assertLogs(place3.log, "WARNING") as logs:
            place3.use(wanted or self.wanted)
        self.assertIn(said, logs.output[0])
        self.check(os.path.join(self.own, "0123"))

    def test_in_the_cache(self):
        with self.assertNoWarnings():
            place3.use(self.wanted)
        self.check(self.wanted)
        self.assertEqual(os.stat(self.wanted).st_mode & 0o777, 0o700)

    def assertNoWarnings(self):
        return NoWarnings(self)

    def test_a_folder_that_can_not_be_made(self):
        for wanted in ("/proc/volint/0123", os.path.join(self.root, "symbols", "k.json", "0123")):
            self.check_elsewhere("can be kept in " + wanted, wanted)

    def test_a_folder_that_others_can_write_to(self):
        os.makedirs(self.wanted)
        os.chmod(self.wanted, 0o777)
        self.check_elsewhere("other users can write to it")

    def test_what_is_no_folder(self):
        os.makedirs(os.path.dirname(self.wanted))
        os.symlink(self.root, self.wanted)
        self.check_elsewhere("it is no folder")

    def test_an_index_that_is_none(self):
        os.makedirs(self.wanted, 0o700)
        os.mkdir(os.path.join(self.wanted, constants.IDENTIFIERS_FILENAME))
        self.check_elsewhere("s a directory")

    def test_no_place_at_all(self):
        os.symlink(self.root, self.own)
        with self.assertRaises(failure.Failure) as caught:
            place3.use("/proc/volint/0123")
        self.assertEqual(caught.exception.code, "bad-setting")
        self.assertIn("VOLINT_CACHE", caught.exception.hint)

    def mounted(self, size, *more):
        path = os.path.join(self.root, "small")
        os.mkdir(path)
        command = ["mount", "-t", "tmpfs", "-o", "mode=700,size=" + size, "none", path]
        if os.geteuid() != 0 or subprocess.call(command, stderr=subprocess.DEVNULL) != 0:
            self.skipTest("needs root, to mount a small file system")
        self.addCleanup(subprocess.call, ["umount", "-l", path])
        return os.path.join(path, "0123")

    def test_a_disk_that_is_full_from_the_start(self):
        self.check_elsewhere("full", self.mounted("4k"))

    def test_a_disk_that_becomes_full(self):
        wanted = self.mounted("1m")
        place3.use(wanted)
        self.assertEqual(constants.CACHE_PATH, wanted)
        fill(os.path.join(os.path.dirname(wanted), "large"))
        with self.assertLogs(place3.log, "WARNING"):
            symbols3.update_index()
        self.check(os.path.join(self.own, "0123"))

    def test_a_disk_that_is_read_only(self):
        wanted = self.mounted("400k")
        place3.use(wanted)
        self.check(wanted)
        subprocess.check_call(["mount", "-o", "remount,ro", os.path.dirname(wanted)])
        self.check_elsewhere("can't be written to", wanted)


def fill(path):
    try:
        with open(path, "wb", buffering=0) as out:
            while out.write(b"x" * 512):
                pass
    except OSError:
        pass


class NoWarnings(object):
    def __init__(self, test):
        self._test = test

    def __enter__(self):
        self._logs = self._test.assertLogs(place3.log, "DEBUG")
        self._said = self._logs.__enter__()
        place3.log.debug("for assertLogs, which wants something")

    def __exit__(self, *error):
        self._logs.__exit__(*error)
        self._test.assertEqual(len(self._said.output), 1, self._said.output)


if __name__ == "__main__":
    unittest.main()
