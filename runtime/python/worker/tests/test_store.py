# -*- coding: utf-8 -*-
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
from volint_worker import store, storefile

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
        for note in (u"\u00e9\n\"", b"\xff\x00", "x" * 100000, u"\U0001f600" * 1000):
            self.store.put("symbols", KEY, DATA, note)
            self.assertEqual(self.get(), DATA)

    def test_only_this_user_can_read_it(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.put()
        for path, mode in ((os.path.dirname(self.folder), 0o700), (self.folder, 0o700), (self.path, 0o600)):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode, path)


class BrokenTest(StoreTest):
    """An entry that is not what was written is not given, not an error, and removed."""

    def setUp(self):
        StoreTest.setUp(self)
        self.put()
        with open(self.path, "rb") as entry:
            self.good = entry.read()

    def check(self, content, what, removed=True):
        with open(self.path, "wb") as entry:
            entry.write(content)
        os.chmod(self.path, 0o600)
        self.assertIsNone(self.get(), what)
        self.assertEqual(os.path.lexists(self.path), not removed, what)
        self.assertEqual(self.warned(), [], what)

    def test_every_bit(self):
        line = self.good.index(b"\n") + 1
        places = list(range(line + 8)) + list(range(line + 8, len(self.good), 97)) + [len(self.good) - 1]
        store.log.setLevel(logging.WARNING)
        for place in places:
            for bit in range(8):
                content = bytearray(self.good)
                content[place] ^= 1 << bit
                with open(self.path, "wb") as entry:
                    entry.write(content)
                self.assertIsNone(self.get(), (place, bit))
        self.put()
        self.assertEqual(self.get(), DATA)

    def test_every_length(self):
        line = self.good.index(b"\n") + 1
        for size in list(range(line + 3)) + [len(self.good) // 2, len(self.good) - 1]:
            self.check(self.good[:size], size)
        for more in (b"\0", b"\n", self.good, b"x" * 100000):
            self.check(self.good + more, "longer by %d" % len(more))

    def test_every_region_that_a_disk_loses(self):
        for start in range(0, len(self.good), 64):
            content = self.good[:start] + b"\0" * 64 + self.good[start + 64 :]
            self.check(content[: len(self.good)], start)

    def test_garbage(self):
        for content in (
            b"", b"\n", b"\0" * 5000, os.urandom(5000), b"{}\n", b"[]\n", b"{" * 5000, b"x" * 5000 + b"\n",
            b'{"format":"volint store 1","checksum":"00000000"}\n',
            b'[1,"checksum":"00000000"}\n', b'{"format":[],"name":{},"size":"x","checksum":"00000000"}\n',
            b'{"format":"volint store 1","name":"x","size":-5,"checksum":"00000000"}\n',
        ):
            self.check(content, content[:60], removed=b"[]," not in content)

    def test_a_header_that_promises_more_than_there_is(self):
        self.check(self.good.replace(b'"size":%d' % len(DATA), b'"size":%d' % (1 << 60)), "size")

    def test_another_entry_under_this_name(self):
        self.put(key="other")
        os.rename(os.path.join(self.folder, store.filename("symbols", "other")), self.path)
        self.assertIsNone(self.get())
        self.assertEqual(self.names(), [])

    def test_another_version_stays_for_those_who_read_it(self):
        self.check(self.good.replace(b"volint store 1", b"volint store 2"), "version", removed=False)
        self.put()
        self.assertEqual(self.get(), DATA)

    def test_what_is_no_file(self):
        target = os.path.join(self.root, "target")
        with open(target, "wb") as out:
            out.write(self.good)
        for make in (
            lambda: os.symlink(target, self.path),
            lambda: os.symlink("/nowhere", self.path),
            lambda: os.symlink(self.path, self.path),
            lambda: os.mkfifo(self.path),
        ):
            os.unlink(self.path)
            make()
            self.assertIsNone(self.get())
            self.assertFalse(os.path.lexists(self.path))
            self.put()
            self.assertEqual(self.get(), DATA)
        with open(target, "rb") as entry:
            self.assertEqual(entry.read(), self.good)

    def test_a_folder_in_its_place(self):
        os.unlink(self.path)
        os.mkdir(self.path)
        self.assertIsNone(self.get())
        self.put()
        self.assertTrue(os.path.isdir(self.path))
        self.assertEqual(self.names(), [os.path.basename(self.path)])
        self.assertEqual(len(self.warned()), 1)


class FolderTest(StoreTest):
    """A folder that can't be used costs the store only."""

    def check_unused(self, said):
        self.put()
        self.assertIsNone(self.get())
        self.put()
        self.assertEqual(len(self.warned()), 1, self.warned())
        self.assertIn(said, self.warned()[0])

    def test_others_can_write_to_it(self):
        self.put()
        for mode in (0o770, 0o707, 0o1777):
            del self.said[:]
            self.store = store.Store(self.folder, LIMIT)
            os.chmod(self.folder, mode)
            self.check_unused("other users can write to it")

    def test_others_could_write_the_file(self):
        self.put()
        os.chmod(self.path, 0o622)
        self.assertIsNone(self.get())
        self.assertFalse(os.path.exists(self.path))

    def test_it_belongs_to_another_user(self):
        self.put()
        stock = os.geteuid
        os.geteuid = lambda: stock() + 1
        self.addCleanup(setattr, os, "geteuid", stock)
        self.check_unused("it belongs to another user")

    def test_it_is_a_link(self):
        os.makedirs(os.path.join(self.root, "real"), 0o700)
        os.makedirs(os.path.dirname(self.folder))
        os.symlink(os.path.join(self.root, "real"), self.folder)
        self.check_unused("it is no folder")

    def test_it_is_a_file(self):
        os.makedirs(os.path.dirname(self.folder))
        open(self.folder, "w").close()
        self.check_unused("it is no folder")

    def test_it_can_not_be_made(self):
        self.folder = "/proc/volint/store"
        self.store = store.Store(self.folder, LIMIT)
        self.check_unused("/proc/volint/store can't be used")

    def test_none(self):
        for folder, limit in (("", LIMIT), (self.folder, 0), (self.folder, -1)):
            self.store = store.Store(folder, limit)
            self.put()
            self.assertIsNone(self.get())
        self.assertFalse(os.path.exists(self.folder))
        self.assertEqual(self.said, [])

    @unittest.skipIf(os.geteuid() == 0, "root writes to every folder")
    def test_it_is_read_only(self):
        self.put()
        os.chmod(self.folder, 0o500)
        self.addCleanup(os.chmod, self.folder, 0o700)
        self.assertEqual(self.get(), DATA)
        self.put(key="other")
        self.assertEqual(len(self.warned()), 1)


class LimitTest(StoreTest):
    SIZE = 10000

    def total(self):
        return sum(os.path.getsize(os.path.join(self.folder, name)) for name in self.names())

    def age(self, key, seconds):
        then = time.time() - seconds
        os.utime(os.path.join(self.folder, store.filename("symbols", key)), (then, then))

    def test_what_was_not_used_for_longest_goes(self):
        self.store = store.Store(self.folder, 4 * (self.SIZE + 300))
        for number in range(4):
            self.put(b"x" * self.SIZE, key=str(number))
            self.age(str(number), 1000 - number)
        self.assertIsNotNone(self.get("0"))
        for number in range(4, 6):
            self.put(b"x" * self.SIZE, key=str(number))
        there = [number for number in range(6) if self.get(str(number)) is not None]
        self.assertEqual(there, [0, 3, 4, 5])
        self.assertEqual(self.warned(), [])

    def test_an_entry_larger_than_the_limit_is_not_kept_and_costs_no_other(self):
        self.put()
        self.put(b"x" * LIMIT, key="large")
        self.assertEqual(self.get(), DATA)
        self.assertIsNone(self.get("large"))
        self.assertEqual(self.names(), [os.path.basename(self.path)])

    def test_a_lower_limit_holds_from_the_next_entry_on(self):
        for number in range(10):
            self.put(b"x" * self.SIZE, key=str(number))
        self.store = store.Store(self.folder, 3 * self.SIZE)
        self.put(key="last")
        self.assertLessEqual(self.total(), 3 * self.SIZE)
        self.assertEqual(self.get("last"), DATA)

    def test_what_is_not_the_stores_stays(self):
        self.store = store.Store(self.folder, self.SIZE)
        os.makedirs(self.folder, 0o700)
        names = ["notes.txt", "symbols-x", "symbols-" + "0" * 31, "Symbols-" + "0" * 32, "x" + "0" * 32, ".new", "old.new-1"]
        for name in names:
            with open(os.path.join(self.folder, name), "wb") as out:
                out.write(b"x" * 100000)
            os.utime(os.path.join(self.folder, name), (1, 1))
        self.put()
        self.put(key="other")
        self.assertEqual([name for name in names if not os.path.exists(os.path.join(self.folder, name))], [])

    def test_what_nobody_finishes_goes(self):
        self.put()
        new, old = (os.path.join(self.folder, storefile.UNFINISHED + name) for name in ("new", "old"))
        for path in (new, old):
            open(path, "w").close()
        then = time.time() - store.FORGOTTEN_SECONDS - 1
        os.utime(old, (then, then))
        self.put()
        self.assertTrue(os.path.exists(new))
        self.assertFalse(os.path.exists(old))

    def test_a_lock_that_is_held_for_ever(self):
        self.put()
        self.addCleanup(setattr, store, "PATIENCE_SECONDS", store.PATIENCE_SECONDS)
        store.PATIENCE_SECONDS = 0.05
        self.store = store.Store(self.folder, 3 * self.SIZE)
        with store.locked(os.path.join(self.folder, store.LOCK)):
            for number in range(5):
                self.put(b"x" * self.SIZE, key=str(number))
        self.assertLessEqual(self.total(), 3 * self.SIZE)


class DiskTest(StoreTest):
    def put_in_a_process(self, prepare):
        """Puts an entry in a process of its own; what that said."""
        code = textwrap.dedent("""
            import logging, resource, sys
            sys.path.insert(0, %r)
            import volint_test_support
            from volint_worker import store
            logging.basicConfig(stream=sys.stdout, format="%%(message)s")
            kept = store.Store(%r, 1 << 30)
            %s
            kept.put("symbols", "large", b"x" * 300000, "")
            print("there" if kept.get("symbols", "large") else "not there")
        """) % (support.HERE, self.folder, prepare)
        return subprocess.check_output([sys.executable, "-B", "-c", code]).decode("utf-8").splitlines()

    def test_a_file_that_must_not_grow(self):
        self.put()
        said = self.put_in_a_process("resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))")
        self.assertEqual(len(said), 2, said)
        self.assertRegex(said[0], "is not kept: File too large")
        self.assertEqual(said[1], "not there")
        self.assertEqual(self.names(), [os.path.basename(self.path)])
        self.assertEqual(self.put_in_a_process(""), ["there"])

    def test_a_full_disk(self):
        if os.geteuid() != 0 or not mounted(self.root):
            self.skipTest("needs root, to mount a small file system")
        self.addCleanup(subprocess.call, ["umount", "-l", self.root])
        self.put()
        said = self.put_in_a_process("")
        self.assertRegex(said[0], "is not kept: No space left on device")
        self.assertEqual(said[1:], ["not there"])
        self.assertEqual(self.get(), DATA)
        self.assertEqual(self.names(), [os.path.basename(self.path)])

    def test_a_disk_that_is_read_only(self):
        if os.geteuid() != 0 or not mounted(self.root):
            self.skipTest("needs root, to mount a small file system")
        self.addCleanup(subprocess.call, ["umount", "-l", self.root])
        self.put()
        subprocess.check_call(["mount", "-o", "remount,ro", self.root])
        self.assertEqual(self.get(), DATA)
        self.put()
        self.assertRegex(" ".join(self.warned()), "is not kept: Read-only file system")
        self.assertEqual(self.get(), DATA)

    if sys.version_info[0] == 2:
        assertRegex = unittest.TestCase.assertRegexpMatches


def mounted(path):
    with open(os.devnull, "w") as nothing:
        command = ["mount", "-t", "tmpfs", "-o", "size=200k,mode=700", "none", path]
        return subprocess.call(command, stderr=nothing) == 0


class ManyTest(StoreTest):
    """Processes that use a store at once."""

    WORK = """
        import random, sys, time
        sys.path.insert(0, %r)
        import volint_test_support
        from volint_worker import store
        kept = store.Store(%r, %d)
        seed, rounds, putting = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "put"
        chance = random.Random(seed)
        content = lambda key: (str(key) + " ").encode("ascii") * (1000 + key)
        found = 0
        for _ in range(rounds):
            key = chance.randrange(30)
            data = kept.get("symbols", str(key))
            assert data is None or data == content(key), key
            found += data is not None
            if putting and data is None:
                kept.put("symbols", str(key), content(key), "")
        print(found)
    """

    def start(self, seed, rounds, what):
        code = textwrap.dedent(self.WORK % (support.HERE, self.folder, self.LIMIT))
        return subprocess.Popen([sys.executable, "-B", "-c", code, str(seed), str(rounds), what],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    LIMIT = 40000

    def finish(self, processes):
        found = []
        for process in processes:
            out, err = process.communicate()
            self.assertEqual((process.returncode, err.decode("utf-8")), (0, ""))
            found.append(int(out))
        self.assertTrue(all(name.startswith("symbols-") for name in self.names()), self.names())
        total = sum(os.path.getsize(os.path.join(self.folder, name)) for name in self.names())
        self.assertLessEqual(total, self.LIMIT)
        return found

    def test_two_put_and_make_room(self):
        self.assertGreater(sum(self.finish([self.start(seed, 300, "put") for seed in range(2)])), 0)

    def test_twenty_read_while_one_makes_room(self):
        putting = self.start(0, 600, "put")
        self.finish([putting] + [self.start(seed, 100, "get") for seed in range(1, 21)])


if __name__ == "__main__":
    unittest.main()
