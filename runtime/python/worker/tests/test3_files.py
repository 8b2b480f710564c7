"""Files that plugins write, with Volatility 3's own interface."""
import gc
import hashlib
import io
import os
import shutil
import tempfile
import unittest

import volint_test_support  # noqa: F401
from volatility3.framework.interfaces.plugins import FileHandlerInterface
from volatility3.framework import renderers
from volint_worker import failure, filenames, files3, namedfiles, table3


class Control(object):
    def __init__(self):
        self.files = []
        self.rows = {}
        self.warnings = []

    def send(self, kind, **fields):
        if kind == "named":
            self.rows[fields["name"]] = fields["row"]
            return
        assert kind == "file", kind
        self.files.append((fields["name"], fields["size"], fields["sha256"]))
        self.rows[fields["name"]] = fields["row"]

    def warn(self, text):
        self.warnings.append(text)


class FilesTest(unittest.TestCase):
    def setUp(self):
        self.outside = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.outside)
        self.folder = os.path.join(self.outside, "folder")
        os.mkdir(self.folder)
        self.control = Control()

    def open(self, folder=None, **limits):
        files = files3.Files({"files": self.folder if folder is None else folder}, self.control, **limits)
        return files, files.handler(FileHandlerInterface)

    def content(self):
        """What is in the folder, and that nothing is beside it."""
        self.assertEqual(os.listdir(self.outside), ["folder"])
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as file:
                found[name] = file.read()
        return found

    def told(self):
        """The files that were told, each of which is as it was told."""
        content = self.content()
        for name, size, digest in self.control.files:
            self.assertEqual((size, digest), (len(content[name]), hashlib.sha256(content[name]).hexdigest()), name)
        return [name for name, _, _ in self.control.files]

    def test_in_order(self):
        files, handler = self.open()
        with files:
            with handler("a.dmp") as file:
                file.write(b"one")
                file.write(bytearray(b"two"))
                file.write(memoryview(b"\x03\x00\x00\x00").cast("I"))
                self.assertEqual(sorted(self.content()), ["a.dmp.partial"])
            self.assertEqual(self.content(), {"a.dmp": b"onetwo\x03\x00\x00\x00"})
        self.assertEqual(self.told(), ["a.dmp"])
        self.assertEqual(os.stat(os.path.join(self.folder, "a.dmp")).st_mode & 0o777, 0o600)
        self.assertEqual(self.control.warnings, [])

    def test_to_and_fro(self):
        files, handler = self.open()
        with files:
            file = handler("a")
            file.seek(100000)
            file.write(b"end")
            file.seek(0)
            file.write(b"start")
            file.seek(-3, io.SEEK_END)
            self.assertEqual((file.tell(), file.read(10)), (100000, b"end"))
            file.seek(2)
            self.assertEqual(file.read(3), b"art")
            file.truncate(4)
            file.close()
            file.close()
            self.assertEqual(files.size, 4)
        self.assertEqual(self.content(), {"a": b"star"})
        self.assertEqual(self.told(), ["a"])

    def test_hostile_names(self):
        os.symlink("/etc/passwd", os.path.join(self.folder, "link"))
        os.symlink(os.path.join(self.outside, "new"), os.path.join(self.folder, "dangling.partial"))
        wanted = [
            "../escape", "/etc/passwd", "..", ".", "", "-rf", ".bashrc", "a/../../b", "a\x00b", "a\nb\x1b[31m", "\udc80\u202eexe.txt",
            "x" * 5000 + ".dmp", "link", "dangling", "a.partial", " ", "~", "con\\x", "same", "same", "same.", "$(id)`id`;&|<>*?'\"",
        ]
        files, handler = self.open()
        with files:
            for name in wanted:
                with handler(name) as file:
                    self.assertLess(len(file.preferred_filename), 256 - len(".partial"))
                    file.write(name.encode("utf-8", "surrogateescape"))
        os.unlink(os.path.join(self.folder, "link"))
        os.unlink(os.path.join(self.folder, "dangling.partial"))
        told = self.told()
        self.assertEqual(sorted(self.content()), sorted(told))
        self.assertEqual(len(set(told)), len(wanted))
        for name in told:
            self.assertRegex(name, r"\A[A-Za-z0-9_][A-Za-z0-9_ .+=@,#%^-]*\Z")
            self.assertNotRegex(name, r"[. ]\Z|\.partial\Z")
        self.assertEqual(told[:5], ["_.._escape", "_etc_passwd", "file", "file-2", "file-3"])
        self.assertEqual(told[-4:-1], ["same", "same-2", "same-3"])

    def test_a_plugin_renames(self):
        files, handler = self.open()
        with files:
            for _ in range(2):
                file = handler("first")
                file.preferred_filename = "../then.dmp"
                file.close()
                with self.assertRaises(OSError):
                    file.preferred_filename = "later"
        self.assertEqual(self.told(), ["_.._then.dmp", "_.._then-2.dmp"])
        self.assertEqual(file.preferred_filename, "_.._then-2.dmp")

    def test_what_is_there_stays(self):
        for name in ("a", "b.partial"):
            with open(os.path.join(self.folder, name), "w") as file:
                file.write("mine")
        files, handler = self.open()
        with files:
            for name in ("a", "b"):
                handler(name).close()
        self.assertEqual(self.told(), ["a-2", "b-2"])
        self.assertEqual(self.content(), {"a": b"mine", "a-2": b"", "b.partial": b"mine", "b-2": b""})

    def test_left_open(self):
        files, handler = self.open()
        with files:
            handler("forgotten").write(b"x")
            gc.collect()
            self.assertEqual(self.told(), ["forgotten"])
            held = handler("held")
            held.write(b"x")
        self.assertTrue(held.closed)
        self.assertEqual(self.told(), ["forgotten", "held"])

    def test_the_command_fails(self):
        files, handler = self.open()
        with self.assertRaises(ValueError):
            with files:
                handler("whole").close()
                half = handler("half")
                half.write(b"x")
                raise ValueError()
        self.assertEqual(self.told(), ["whole"])
        self.assertEqual(self.content(), {"whole": b"", "half.partial": b"x"})
        self.assertEqual(self.control.warnings, ["half.partial is not whole: the command failed"])

    def test_writing_fails_in_the_plugin(self):
        files, handler = self.open()
        with files:
            with self.assertRaises(ValueError):
                with handler("half") as file:
                    file.write(b"x")
                    raise ValueError("bad page")
        self.assertEqual(self.content(), {"half.partial": b"x"})
        self.assertEqual(self.control.warnings, ["half.partial is not whole: ValueError: bad page"])

    def refused(self, files, handler, write):
        """Runs a plugin that forgives every error."""
        with self.assertRaises(failure.Failure) as caught:
            with files:
                for name in ("a", "b"):
                    try:
                        with handler(name) as file:
                            write(file)
                    except OSError:
                        pass
        self.assertEqual(caught.exception.code, "cannot-write")
        self.assertNotEqual(caught.exception.hint, "")
        return caught.exception.message

    def test_size_limit(self):
        files, handler = self.open(size_limit=1000)
        message = self.refused(files, handler, lambda file: file.write(b"x" * 600))
        self.assertEqual(message, "b can't be written to %s: the files of a command may have 1000 bytes together" % self.folder)
        self.assertEqual(self.told(), ["a"])
        for grow in (lambda file: file.truncate(1 << 40), lambda file: file.seek(1 << 40) and file.write(b"x")):
            files, handler = self.open(size_limit=1000)
            self.refused(files, handler, grow)
        self.assertEqual(sum(map(len, self.content().values())), 600)

    def test_count_limit(self):
        files, handler = self.open(count_limit=1)
        self.assertIn("may write 1 file", self.refused(files, handler, lambda file: file.write(b"x")))
        self.assertEqual(self.content(), {"a": b"x"})

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        files, handler = self.open()
        stock = files._create
        files._create = lambda name: os.open("/dev/full", os.O_RDWR) if name.startswith("b") else stock(name)
        message = self.refused(files, handler, lambda file: file.write(b"x"))
        self.assertIn("b can't be written to %s: No space left on device" % self.folder, message)
        self.assertEqual(self.told(), ["a"])

    def test_a_folder_is_made_for_the_first_file(self):
        self.folder = os.path.join(self.folder, "made")
        files, handler = self.open()
        self.assertFalse(os.path.exists(self.folder))
        with files:
            handler("a").close()
            handler("b").close()
        self.assertEqual(sorted(os.listdir(self.folder)), ["a", "b"])
        self.assertEqual(os.stat(self.folder).st_mode & 0o777, 0o700)

    def test_no_folder(self):
        for folder in (os.path.join(self.folder, "none", "below"), __file__):
            files, handler = self.open(folder)
            with self.assertRaises(failure.Failure) as caught:
                with files:
                    for name in ("a", "b"):
                        self.assertRaises(OSError, handler, name)
            self.assertEqual(caught.exception.code, "cannot-write")

    def rows(self, rows, populated=False):
        """Runs a plugin whose rows these are, and returns the rows that name files."""
        files, handler = self.open()
        columns = [("Text", str), ("Number", int), ("Output", str)]
        grid = renderers.TreeGrid(columns, ((0, row) for row in rows(handler)))
        report = table3.Report()
        with files:
            if populated:
                grid.populate()
            files.follow(grid, report)
            table3.write_rows(grid, lambda _frame: None, report)
        self.told()
        return self.control.rows

    def test_rows_name_files(self):
        def rows(handler):
            yield "a.dmp", 1, "Disabled"  # before there is one
            with handler("a.dmp") as file:
                file.write(b"x")
            yield "init", 2, file.preferred_filename
            yield "init", 3, "a.dmp"
            with handler("a.dmp") as file:
                pass
            yield "init", 4, "a.dmp"
            yield "init", 5, file.preferred_filename
            held = handler("held")
            yield "init", 6, "held"
            held.close()
            handler("said.bin").close()
            yield "unsaid.bin", 7, "said.bin.old"
            yield "", 8, "it is in said.bin."
            renamed = handler("before")
            renamed.preferred_filename = "../after"
            yield "", 9, renamed.preferred_filename
            renamed.close()
            handler("unnamed").close()

        want = {"a.dmp": 1, "a-2.dmp": 4, "held": 5, "said.bin": 7, "_.._after": 8, "unnamed": -1}
        self.assertEqual(want, self.rows(rows))

    def test_rows_of_a_tree_that_is_there(self):
        def rows(handler):
            for n in range(3):
                handler("f%d" % n).close()
                yield "", n, "f%d" % n

        self.assertEqual({"f0": 0, "f1": 1, "f2": 2}, self.rows(rows, populated=True))

    def test_rows_that_were_dropped_have_no_number(self):
        report, names = table3.Report(), namedfiles.Names(self.control)
        written = []
        for pair in names.pairs(((0, (name,)) for name in "abc" if names.opened(name) or True), report):
            if pair[1] == ("b",):
                report.dropped += 1
            written.append(pair)
        self.assertEqual([0, -1, 1], [names.whole(name) for name in "abc"])
        self.assertEqual(3, len(written))

    def test_all_is_dropped_and_counted(self):
        files, handler = self.open(folder="")
        with files:
            one, two = handler("one"), handler("a/../two")
            one.write(b"x" * 100)
            one.seek(1000)
            one.write(bytearray(b"end"))
            one.seek(-3, io.SEEK_END)
            self.assertEqual(one.tell(), 1000)
            for each in (one, one, two):
                each.close()
        self.assertEqual(self.control.files, [])
        self.assertEqual(
            self.control.warnings,
            ["2 files (1003 bytes) that the plugin wrote were not kept: no folder was given for them (--files)"],
        )


class NamesTest(unittest.TestCase):
    def test_shortened_before_the_extension(self):
        self.assertEqual(filenames.safe("x" * 300 + ".dmp"), "x" * 196 + ".dmp")
        self.assertEqual(filenames.safe("x." + "y" * 300), "x." + "y" * 198)
        self.assertEqual(filenames.numbered("a.b.dmp", 3), "a.b-3.dmp")

    def test_good_names_stay(self):
        for name in ("pid.1.init.0x400000.dmp", "A b_c-d+e=f@g,h#i%j^k", "0", "_"):
            self.assertEqual(filenames.safe(name), name)


if __name__ == "__main__":
    unittest.main()
