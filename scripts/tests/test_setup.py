"""Tests of setup, without a network: environments are made, packages are not."""

import importlib.util
import os
import pathlib
import stat
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "setup"))

import debian
import environments
import python2
import stamp
from say import Problem


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve()

    def program(self, name, text):
        path = self.folder / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(stat.S_IRWXU)
        return path


class StampTest(Folder):
    def environment(self):
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "python").touch()
        stamp.write(self.folder, "python 3", {"a": "1"})

    def test_tells_what_is_installed(self):
        self.environment()
        self.assertEqual(stamp.read(self.folder, "python 3"), {"a": "1"})

    def test_another_interpreter_is_another_environment(self):
        self.environment()
        self.assertIsNone(stamp.read(self.folder, "python 4"))

    def test_an_environment_that_moved_is_not_usable(self):
        self.environment()
        moved = self.folder.with_name(self.folder.name + "-moved")
        self.folder.rename(moved)
        self.addCleanup(moved.rename, self.folder)
        self.assertIsNone(stamp.read(moved, "python 3"))

    def test_an_environment_without_its_interpreter_is_not_usable(self):
        self.environment()
        (self.folder / "bin" / "python").unlink()
        self.assertIsNone(stamp.read(self.folder, "python 3"))

    def test_an_unfinished_environment_is_not_usable(self):
        self.assertIsNone(stamp.read(self.folder, "python 3"))
        (self.folder / stamp.NAME).write_text("{")
        self.assertIsNone(stamp.read(self.folder, "python 3"))


class EnvironmentTest(Folder):
    def setUp(self):
        super().setUp()
        self.made = self.folder / "tools" / "py3"
        self.made.parent.mkdir()
        # No way of this test may ask root's rights of the machine.
        patch = mock.patch.object(debian, "install", return_value=False)
        self.install = patch.start()
        self.addCleanup(patch.stop)

    def test_nothing_is_done_twice(self):
        def create(folder):
            (folder / "bin").mkdir(parents=True)
            (folder / "bin" / "python").touch()

        with mock.patch.object(environments, "install") as install, \
                mock.patch.object(environments, "create", create):
            environments.ensure(self.made, {"a": "1", "b": "2"})
            environments.ensure(self.made, {"b": "2"})
            environments.ensure(self.made, {"b": "3"})
        self.assertEqual([call.args[1] for call in install.call_args_list],
                         [{"a": "1", "b": "2"}, {"b": "3"}])

    def test_what_can_not_be_installed_costs_itself(self):
        (self.made / "bin").mkdir(parents=True)
        (self.made / "bin" / "python").touch()
        stamp.write(self.made, environments.INTERPRETER, {})

        def install(_folder, packages):
            if "b" in packages:
                raise Problem("no b", "")

        with mock.patch.object(environments, "install", install), \
                mock.patch.object(environments, "step") as step:
            environments.ensure_some(self.made, {"a": "1", "b": "2", "c": "3"}, "nobody will b")
        self.assertEqual(stamp.read(self.made, environments.INTERPRETER), {"a": "1", "c": "3"})
        self.assertEqual(step.call_args_list[-1].args, ("not there: b; nobody will b",))

    def test_no_way_left_says_what_to_type(self):
        ways = ("plain", "with_the_pip_outside", "with_virtualenv")
        with mock.patch.multiple(environments, **{way: lambda _folder: False for way in ways}), \
                mock.patch.object(debian, "line", return_value="sudo apt-get install python3-venv"):
            with self.assertRaises(Problem) as caught:
                environments.create(self.made)
        self.assertIn("ensurepip", caught.exception.message)
        self.assertEqual(caught.exception.hint, "sudo apt-get install python3-venv")
        self.assertFalse(self.made.exists())

    def test_a_way_that_leaves_no_pip_is_not_taken(self):
        def half(folder):
            (folder / "bin").mkdir(parents=True)
            return True

        with mock.patch.object(environments, "plain", half), \
                mock.patch.object(environments, "with_the_pip_outside", lambda _folder: False), \
                mock.patch.object(environments, "with_virtualenv", lambda _folder: False):
            self.assertRaises(Problem, environments.create, self.made)
        self.assertFalse(self.made.exists())

    def test_of_a_linked_environment_only_the_link_is_removed(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "kept").touch()
        self.made.symlink_to(elsewhere)
        environments.remove(self.made)
        self.assertFalse(self.made.is_symlink())
        self.assertTrue((elsewhere / "kept").exists())

    def test_no_pip_outside_is_no_error(self):
        with mock.patch.object(importlib.util, "find_spec", return_value=None):
            self.assertFalse(environments.with_the_pip_outside(self.made))


class DebianTest(Folder):
    def test_never_without_root(self):
        with mock.patch.object(os, "geteuid", return_value=1000), \
                mock.patch.object(debian, "succeeds") as succeeds:
            self.assertFalse(debian.install(["gcc"]))
        succeeds.assert_not_called()

    def test_nothing_missing_installs_nothing(self):
        with mock.patch.object(debian, "succeeds", return_value=True), \
                mock.patch.object(debian, "install") as install:
            debian.ensure_test_tools()
        install.assert_not_called()


class Python2Test(Folder):
    def test_one_that_is_found_and_does_not_work_is_none(self):
        shim = self.program("python2.7", "exit 127\n")
        with mock.patch.dict(os.environ, PYTHON2=str(shim), PATH="/nowhere",
                             PYENV_ROOT=str(self.folder)):
            self.assertIsNone(python2.find())

    def test_a_version_managers_own_folder_is_looked_into(self):
        (self.folder / "versions" / "2.7.18" / "bin").mkdir(parents=True)
        real = self.program("versions/2.7.18/bin/python2.7", "exit 0\n")
        with mock.patch.dict(os.environ, PATH="/nowhere", PYENV_ROOT=str(self.folder)):
            os.environ.pop("PYTHON2", None)
            self.assertEqual(python2.find(), str(real))


if __name__ == "__main__":
    unittest.main()
