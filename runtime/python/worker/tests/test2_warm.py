"""Commands of Volatility 2 in children of one warm process."""
import logging
import os
import shutil
import unittest

import volint_test_engine2 as warm
from volint_worker import channel, engine2, logs, memory

ENGINE = warm.engine()
import volatility.utils as utils  # noqa: E402 - the engine imports Volatility where it is safe
from volint_worker import kernel2, warm2  # noqa: E402


@unittest.skipUnless(warm.IMAGE, "VOLINT_TEST_IMAGE is not set")
class WarmTest(warm.Test):
    def test_same_rows_in_any_order(self):
        first = [warm.run("linux_pslist"), warm.run("linux_lsof"), warm.run("linux_check_syscall")]
        again = [warm.run("linux_check_syscall"), warm.run("linux_lsof"), warm.run("linux_pslist")]
        self.assertEqual(first, again[::-1])
        self.assertIsInstance(first[0], list, first[0])
        self.assertIn("init", [each["row"]["Name"] for each in first[0]])

    def test_idle(self):
        before = warm.run("linux_check_idt")
        self.assertFalse(ENGINE.idle())
        profile = ENGINE._next.warm._profile
        known = profile._names_by_address["kernel"]
        self.assertEqual(warm.run("linux_check_idt"), before)
        ENGINE.idle()
        self.assertIs(profile._names_by_address["kernel"], known)
        self.assertEqual(profile.sym_addr_cache, {})

    def test_options_are_one_commands_own(self):
        config = ENGINE.config
        before = (list(config.options), dict(config.opts), len(config.optparser.option_list))
        everything = warm.run("linux_pslist")
        one = warm.run("linux_pslist", "-p", "1")
        self.assertEqual([each["row"]["Pid"] for each in one], [1])
        self.assertEqual(warm.run("linux_pslist"), everything)
        self.assertEqual((list(config.options), dict(config.opts), len(config.optparser.option_list)), before)

    def test_options_that_ask_for_another_reading(self):
        refused = warm.run("linux_pslist", "--dtb=0x1000")
        self.assertEqual(refused["code"], "bad-profile")
        self.assertEqual(warm.run("linux_pslist", "--nope")["code"], "bad-option")

    def test_no_such(self):
        self.assertEqual(warm.run("linux_nope")["code"], "unknown-plugin")
        self.assertEqual(warm.run("linux_arp")["code"], "no-table")
        self.assertEqual(warm.run("linux_pslist", profile="Nope")["code"], "bad-profile")
        self.assertEqual(warm.run("pslist")["code"], "bad-profile")
        self.assertEqual(warm.run("linux_pslist", image="")["code"], "unreadable-image")

    def test_children_have_the_image_for_themselves(self):
        ENGINE.prepare(warm.request(plugin="linux_pslist"), warm.Control())
        file = ENGINE._next.warm._space.base.fhandle
        file.seek(0)
        os.lseek(file.fileno(), 77, os.SEEK_SET)
        self.assertEqual(warm.child(lambda: reads_elsewhere()), True)
        self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_CUR), 77)

    def test_no_kernel_is_no_empty_table(self):
        """Neither at first nor when it is known."""
        with image_of(self.path("zeros"), b"\0" * (1 << 20)) as zeros:
            for _time in range(2):
                self.assertEqual(zeros.run("linux_pslist")["code"], "not-memory")
                self.assertEqual(zeros.run("linux_psaux")["code"], "not-memory")

    def test_another_file_of_the_same_name(self):
        expected = warm.run("linux_pslist")
        path = self.path("image")
        with image_of(path, b"\0" * (1 << 20)) as image:
            self.assertEqual(image.run("linux_pslist")["code"], "not-memory")
            shutil.copy(warm.IMAGE, path)
            self.assertEqual(image.run("linux_pslist"), expected)
            with open(path, "wb") as out:
                out.write(b"\0" * (1 << 20))
            self.assertEqual(image.run("linux_pslist")["code"], "not-memory")

    def test_cold(self):
        expected = warm.run("linux_pslist")
        frames = warm.Frames()
        asked = warm.request(plugin="linux_pslist")
        end = warm.child(lambda: ENGINE.run_cold(asked, warm.Control(), frames))
        self.assertEqual(end.get("rows"), len(expected), end)


@unittest.skipUnless(warm.IMAGE, "VOLINT_TEST_IMAGE is not set")
class GuestTest(warm.Test):
    """A file that changes stands for a guest that runs."""

    def setUp(self):
        warm.Test.setUp(self)
        shutil.copy(warm.IMAGE, self.path("image"))
        with open(self.path("image"), "rb") as image:
            self.swapper = image.read().index(b"swapper\0")

    def write(self, at, data):
        # As a guest's memory changes: the file is not another by its status then.
        about = os.stat(self.path("image"))
        with open(self.path("image"), "r+b") as image:
            image.seek(at)
            image.write(data)
        os.utime(self.path("image"), (about.st_atime, about.st_mtime))

    def test_moved_kernel(self):
        with image_of(self.path("image"), None, live=True) as guest:
            rows = guest.run("linux_pslist")
            self.assertEqual(len(rows), len(warm_rows()))
            self.write(self.swapper, b"Swapper\0")
            changed = guest.run("linux_pslist")
            self.assertIn("code", changed)
            self.write(self.swapper, b"swapper\0")
            self.assertEqual(guest.run("linux_pslist"), rows)

    def test_moved_while_the_child_starts(self):
        with image_of(self.path("image"), None, live=True) as guest:
            asked = warm.request(plugin="linux_pslist", image=self.path("image"))
            ENGINE.prepare(asked, warm.Control())
            self.write(self.swapper, b"Swapper\0")
            self.assertIn("code", warm.child(lambda: warm.perform(asked)))
            self.write(self.swapper, b"swapper\0")
            self.assertEqual(len(guest.run("linux_pslist")), len(warm_rows()))

    def test_the_kernel_is_read_afresh_after_a_command(self):
        with image_of(self.path("image"), None, live=True):
            ENGINE.prepare(warm.request(plugin="linux_pslist", image=self.path("image")), warm.Control())
            found = ENGINE._next.warm

            class Pages(object):
                """Of a server's memory: they stay what they were until they are forgotten."""

                forgotten = 0

                def forget(pages):
                    pages.forgotten += 1
                    self.write(self.swapper, b"Swapper\0")

            found._space.base.memory = pages = Pages()
            try:
                self.assertFalse(found.is_same())
                self.assertEqual(pages.forgotten, 1)
            finally:
                del found._space.base.memory
                self.write(self.swapper, b"swapper\0")

    def test_nothing_is_remembered(self):
        with image_of(self.path("image"), None, live=True):
            asked = warm.request(plugin="linux_pslist", image=self.path("image"))
            ENGINE.prepare(asked, warm.Control())
            space = ENGINE._next.warm._space
            self.assertFalse(hasattr(space, "_pages_known"))
            kernel2.banner(space)
            self.assertFalse(hasattr(space, "_pages_known"))


class Keeping(object):
    """A store of one entry."""

    def __init__(self, data=None):
        self.data, self.puts = data, 0

    def get(self, kind, key):
        return self.data

    def put(self, kind, key, data, note):
        self.data, self.puts = data, self.puts + 1


@unittest.skipUnless(warm.IMAGE, "VOLINT_TEST_IMAGE is not set")
class KeptTest(unittest.TestCase):
    def test_what_is_kept_is_not_believed(self):
        ENGINE.prepare(warm.request(plugin="linux_pslist"), warm.Control())
        profile = ENGINE._next.warm._profile
        for kept in (b"[4096, 8192]", b"[0, 0]"):
            found = warm2.Warm(ENGINE.config, profile, warm.request(), Keeping(kept), "key")
            found.look()
            self.assertEqual(found._shifts, (0, 0))
            self.assertTrue(kernel2.reads_swapper(found._space))

    def test_a_caller_who_goes_while_the_kernel_is_looked_for(self):
        """What Volatility takes for an address space that does not fit."""

        class Leaving(object):
            def log(self, level, text):
                raise channel.Gone()

        ENGINE.prepare(warm.request(plugin="linux_pslist"), warm.Control())
        found = warm2.Warm(ENGINE.config, ENGINE._next.warm._profile, warm.request(), Keeping(), None)
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        logs.install(Leaving(), logging.DEBUG)
        try:
            found.look()
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
        self.assertTrue(kernel2.reads_swapper(found._space))



class image_of(object):
    """The engine on another image."""

    def __init__(self, path, content, live=False):
        self.path, self._live = path, live
        if content is not None:
            with open(path, "wb") as out:
                out.write(content)

    def __enter__(self):
        from volint_worker import translated2

        self._before = (ENGINE._file, dict(ENGINE._warm), ENGINE.config.LOCATION, memory.live)
        ENGINE._file, ENGINE._warm = engine2.status(self.path), {}
        ENGINE.config.update("LOCATION", "file://" + self.path)
        memory.live = lambda: self._live
        translated2.install(self._live)
        return self

    def run(self, plugin):
        return warm.run(plugin, image=self.path)

    def __exit__(self, *_exception):
        from volint_worker import translated2

        ENGINE._file, ENGINE._warm, location, memory.live = self._before
        ENGINE.config.update("LOCATION", location)
        translated2.install(False)


def warm_rows():
    return warm.run("linux_pslist")


def reads_elsewhere():
    """In a child: whether a command leaves the parent's place in the file alone."""
    ENGINE._next.warm.inherit()
    space = utils.load_as(ENGINE.config)
    space.base.fhandle.seek(4096)
    space.base.fhandle.read(10)
    return space.base.read(4096, 8) is not None and space.base.read(-1, 8) is None


if __name__ == "__main__":
    unittest.main()
