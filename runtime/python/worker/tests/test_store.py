# -*- coding: utf-8 -*-
import json
import logging
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

import volint_test_support as support
from volint_worker import store

KEY = "the key"
DATA = bytes(bytearray(range(256))) * 5
LIMIT = 1 << 20


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root, True)
        self.folder = os.path.join(self.root, "volint", "store")
        self.store = store.Store(self.folder, LIMIT)
        self.path = os.path.join(self.folder, store.filename("symbols", KEY))
        self.said = []
        handler = logging.Handler()
        handler.emit = lambda record: self.said.append((record.levelname, record.getMessage()))
        store.log.addHandler(handler)
        self.addCleanup(store.log.removeHandler, handler)
        store.log.setLevel(logging.INFO)
        store.log.propagate = False

    def put(self, data=DATA, key=KEY):
        self.store.put("symbols", key, data, "of the test")

    def get(self, key=KEY):
        return self.store.get("symbols", key)

    def warned(self):
        return [text for level, text in self.said if level == "WARNING"]

    def names(self):
        return sorted(name for name in os.listdir(self.folder) if name != store.LOCK)


class RoundTripTest(StoreTest):
    def test_there_is_what_was_put(self):
        self.assertIsNone(self.get())
        for data in (DATA, b"", b"\n", b"x" * 100000):
            self.put(data)
            self.assertEqual(self.get(), data)
        self.assertEqual(self.warned(), [])
        self.assertEqual(self.names(), [os.path.basename(self.path)])

    def test_keys_and_kinds_are_apart(self):
        for kind in ("symbols", "image"):
            for key in ("a", "b", u"\u00e9", b"\xff"):
                self.store.put(kind, key, repr((kind, key)).encode("utf-8"), "")
        for kind in ("symbols", "image"):
            for key in ("a", "b", u"\u00e9", b"\xff"):
                self.assertEqual(self.store.get(kind, key), repr((kind, key)).encode("utf-8"))

    def test_notes_may_be_any_text(self):
        for note in (u"\u00e9\n\"", b"\xff\x00", "x" * 100000):
            self.store.put("symbols", KEY, DATA, note)
            self.assertEqual(self.get(), DATA)

    def test_only_this_user_can_read_it(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.put()
        for path, mode in ((os.path.dirname(self.folder), 0o700), (self.folder, 0o700), (self.path, 0o600)):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode, path)


if __name__ == "__main__":
    unittest.main()
