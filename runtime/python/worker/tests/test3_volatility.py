"""What needs Volatility 3 beside it, or Python 3."""
import fcntl
import os
import tempfile
import unittest

import volint_test_support  # noqa: F401
from volatility3.framework import exceptions
from volatility3.framework.automagic import symbol_cache
from volatility3.framework.configuration import requirements
from volint_worker import diagnose3, failure, kernel3, options3, symbols3


class Plugin(object):
    @classmethod
    def get_requirements(cls):
        return [
            requirements.ModuleRequirement(name="kernel", description=""),
            requirements.VersionRequirement(name="version", component=symbol_cache.SqliteCache, version=(1, 0, 0)),
            requirements.ListRequirement(name="pid", element_type=int, optional=True),
            requirements.ListRequirement(name="words", element_type=str, optional=True),
            requirements.IntRequirement(name="the_offset", optional=True),
            requirements.StringRequirement(name="needed", optional=False),
            requirements.BytesRequirement(name="raw", optional=True),
            requirements.ChoiceRequirement(["a", "b"], name="choice", optional=True),
            requirements.URIRequirement(name="file", optional=True),
            requirements.BooleanRequirement(name="flag", optional=True),
        ]


class OptionsTest(unittest.TestCase):
    def parse(self, *args):
        return options3.parse(Plugin, "p.P", list(args), requirements)

    def test_what_is_not_given_is_not_set(self):
        self.assertEqual(self.parse("--needed", "x"), {"needed": "x"})

    def test_types(self):
        got = self.parse(
            "--needed=", "--pid", "1", "0x10", "--pid", "2,3,", "-p", "4", "--words", "a,b", "c", "--the-offset", "0x20",
            "--raw", "\u00e9", "--choice", "b", "--flag", "--file", "/",
        )
        self.assertEqual(got, {
            "needed": "", "pid": [1, 16, 2, 3, 4], "words": ["a,b", "c"], "the_offset": 32, "raw": "\u00e9".encode(),
            "choice": "b", "flag": True, "file": "file:///",
        })

    def test_urls_stay(self):
        self.assertEqual(self.parse("--needed", "x", "--file", "http://h/x")["file"], "http://h/x")

    def test_refused(self):
        for args, want in [
            ([], "p.P: the following arguments are required: --needed"),
            (["--needed", "x", "--pid", "one"], "p.P: --pid takes a number, not 'one'"),
            (["--needed", "x", "--the-offset", "zz"], "p.P: --the-offset takes a number, not 'zz'"),
            (["--needed", "x", "--file", "/no/such"], "p.P: there is no file /no/such"),
            (["--needed", "x", "--kernel", "k"], "p.P: unrecognized arguments: --kernel k"),
            (["--needed", "x", "--help"], "p.P: unrecognized arguments: --help"),
        ]:
            with self.assertRaises(failure.Failure) as caught:
                self.parse(*args)
            self.assertEqual((caught.exception.code, caught.exception.message), ("bad-option", want))
            self.assertEqual(
                caught.exception.hint,
                "p.P takes: --pid N ..., --words TEXT ..., --the-offset N, --needed TEXT, --raw TEXT, "
                "--choice {a,b}, --file FILE, --flag",
            )


class SymbolsTest(unittest.TestCase):
    def test_path_of(self):
        for location, want in [
            ("file:///a/b%20c.json", "/a/b c.json"),
            ("jar:file:///a/b%23.zip!x/y.json", "/a/b#.zip"),
            ("http://h/x.json", ""),
        ]:
            self.assertEqual(symbols3.path_of(location), want)
        odd = "/a \u00e9/%20#?.raw"
        self.assertEqual(symbols3.path_of(symbols3.location(odd)), odd)

    def test_one_process_at_a_time(self):
        path = os.path.join(tempfile.mkdtemp(), "lock")
        with symbols3.locked(path):
            with open(path) as other, self.assertRaises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with open(path) as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


class BannerTest(unittest.TestCase):
    class Layer(object):
        def __init__(self, data):
            self.data = data

        def read(self, offset, length, pad):
            return self.data[offset : offset + length].ljust(length, b"\0")

    def test_a_banner_ends_with_its_line(self):
        for after in (b"\n\0rest", b"\0rest", b"", b"\nrest"):
            self.assertEqual(diagnose3.read_banner(self.Layer(b"xLinux version 6" + after), 1), b"Linux version 6")


class KernelTest(unittest.TestCase):
    """Five levels of page tables: the image of the tests has four."""

    def check(self, comm, mark):
        symbols = {"init_task": 0xFFFF80A00000, "init_top_pgt": 0xFFFF80C1E000, "__pgtable_l5_enabled": 0xFFFF80D00000}
        moved = 0x4000000
        memory = {0xD00000 + moved: mark}

        class Comm(object):
            class vol(object):
                size = 16

            def cast(self, _kind, length):
                if comm is None:
                    raise exceptions.InvalidAddressException("layer", 0, "")
                return comm.ljust(length, b"\0")

        class Kernel(object):
            layer_name = "top"

            def has_symbol(self, name):
                return name in symbols

            def get_symbol(self, name):
                return type("Symbol", (), {"address": symbols[name]})

            def object_from_symbol(self, name):
                return type("Task", (), {"comm": Comm()})

        class Physical(object):
            def read(self, offset, length):
                return memory[offset][:length]

        class Top(object):
            config = {"page_map_offset": 0xC1E000 + moved, "memory_layer": "physical"}

        class Context(object):
            modules = {"kernel": Kernel()}
            layers = {"top": Top(), "physical": Physical()}

        kernel3.check(Context, "linux.pslist.PsList")

    def test_a_kernel_that_reads(self):
        self.check(b"swapper/0", b"\0\0\0\0")

    def test_kernels_that_do_not(self):
        for comm, mark, want in [
            (None, b"\1\0\0\0", "the guest uses 5-level paging, which Volatility 3 does not read"),
            (None, b"\0\0\0\0", "linux.pslist.PsList found nothing, and the kernel's first process can't be read"),
            (b"", b"\0\0\0\0", "linux.pslist.PsList found nothing, and the kernel's first process can't be read"),
        ]:
            with self.assertRaises(failure.Failure) as caught:
                self.check(comm, mark)
            self.assertEqual((caught.exception.code, caught.exception.message), ("unreadable-kernel", want))


if __name__ == "__main__":
    unittest.main()
