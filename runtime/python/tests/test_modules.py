"""Generated modules: what is read of them, and when."""
import os
import shutil
import sys
import tempfile
import unittest

import loader  # noqa: F401
from volrender import volrender_abi as abi
from volrender import volrender_find as finding
from volrender import volrender_modules as modules
from volrender import volrender_rows as rows

HEAD = u"""# made by a test
require(%d)
ran.append("head")
"""

PART = u"""

#: %(full)s command=%(name)s plugin=%(plugin)s alias=old.%(plugin)s alias=older.%(plugin)s
def render_%(name)s(self, out, data):
    raise ValueError(u"\xe9 here")


ran.append(%(name)r)
message(__name__, %(full)r, [], render_%(name)s)
"""


def text(*names, **more):
    head = HEAD % more.get("abi", abi.ABI)
    return head + "".join(PART % {"full": "p." + n, "name": n, "plugin": n + "_plugin"} for n in names)


class Modules(unittest.TestCase):
    def setUp(self):
        modules.messages.clear()
        self.folder = tempfile.mkdtemp()
        self.ran = []

    def tearDown(self):
        modules.messages.clear()
        shutil.rmtree(self.folder)

    def write(self, name, content):
        with open(os.path.join(self.folder, name + ".messages"), "wb") as file:
            file.write(content.encode("utf-8"))

    def scope(self, name, **more):
        scope = {"__name__": "plugins." + name, "__file__": os.path.join(self.folder, name + ".py"), "ran": self.ran}
        scope.update(message=modules.message, require=abi.require, **more)
        return scope

    def module(self, name, *names, **more):
        self.write(name, text(*names, **more))
        scope = self.scope(name)
        modules.module(scope)
        return scope

    def test_only_what_is_needed_runs(self):
        scope = self.module("x", "a", "b")
        self.assertEqual(["p.a", "p.b"], sorted(modules.messages))
        known = modules.messages["p.b"]
        self.assertEqual(("p.b", "b", "b", "b_plugin"), (known.full_name, known.name, known.command, known.plugin))
        self.assertEqual(["old.b_plugin", "older.b_plugin"], known.aliases)
        self.assertEqual(["a", "b"], sorted(m.name for m in modules.messages.values()))
        self.assertEqual([], self.ran)
        self.assertEqual([], known.fields)
        self.assertEqual(["head", "b"], self.ran)
        self.assertIs(scope["render_b"], known.render)
        self.assertFalse(modules.messages["p.a"].is_table)
        self.assertEqual(["head", "b", "a"], self.ran)

    def test_lines_of_a_part(self):
        self.module("x", "a", "b")
        known = modules.messages["p.b"]
        try:
            known.render(None, None, None)
        except ValueError as error:
            self.assertIn(u"\xe9", error.args[0])
            traceback = sys.exc_info()[2].tb_next
        path = os.path.join(self.folder, "x.messages")
        with open(path, "rb") as file:
            line = file.read().split(b"\n")[traceback.tb_lineno - 1]
        self.assertIn(b"raise ValueError", line)
        self.assertEqual(path, traceback.tb_frame.f_code.co_filename)
        self.assertGreater(traceback.tb_lineno, 10)

    def test_carriage_returns(self):
        self.write("x", text("a", "b").replace("\n", "\r\n"))
        modules.module(self.scope("x"))
        self.assertEqual([], modules.messages["p.a"].fields)

    def test_missing(self):
        with self.assertRaises(ImportError) as caught:
            modules.module(self.scope("x"))
        self.assertIn("x.messages is missing beside plugins.x.py", str(caught.exception))
        self.assertEqual(0, len(modules.messages))

    def test_another_generation(self):
        for content in (text("a", abi=abi.ABI - 1), text("a", abi=abi.ABI + 1), u"", u"nothing of the kind"):
            self.write("x", content)
            with self.assertRaises(ImportError) as caught:
                modules.module(self.scope("x"))
            self.assertIn("protoc-gen-volrender", str(caught.exception))
        self.assertEqual(0, len(modules.messages))

    def refused(self, known):
        with self.assertRaises(rows.Refused) as caught:
            known.fields
        self.assertEqual("bad-module", caught.exception.code)
        self.assertIn("protoc-gen-volrender", caught.exception.hint)
        return caught.exception.message

    def test_a_part_that_fails(self):
        self.write("x", text("a") + "\n\n#: p.b command=b\nsyntax error\n\n\n#: p.c command=c\n1 / 0\n\n\n#: p.d command=d\n")
        modules.module(self.scope("x"))
        self.assertIn("p.b can't be read", self.refused(modules.messages["p.b"]))
        self.assertIn("ZeroDivisionError", self.refused(modules.messages["p.c"]))
        self.assertIn("the part makes no such message", self.refused(modules.messages["p.d"]))
        self.assertEqual([], modules.messages["p.a"].fields)

    def test_gone_since(self):
        self.module("x", "a")
        os.remove(os.path.join(self.folder, "x.messages"))
        with self.assertRaises(rows.Refused) as caught:
            len(modules.messages)
        self.assertEqual("bad-module", caught.exception.code)

    def test_another_folder_is_current_later(self):
        here = os.getcwd()
        self.write("x", text("a"))
        os.chdir(self.folder)
        try:
            modules.module(dict(self.scope("x"), __file__="x.py"))
        finally:
            os.chdir(here)
        self.assertEqual([], modules.messages["p.a"].fields)

    def test_two_modules_with_one_message(self):
        self.module("x", "a", "b")
        self.module("y", "b", "c")
        self.assertEqual("plugins.x", modules.messages["p.b"].module)
        self.assertEqual(["plugins.y"], modules.messages["p.b"].rivals)
        self.assertEqual([], modules.messages["p.c"].rivals)
        self.assertEqual([], modules.messages["p.c"].fields)
        installed, finding.installed[0] = finding.installed[0], lambda: ["a_plugin", "b_plugin"]
        try:
            self.assertIs(modules.messages["p.a"], finding.find("a_plugin"))
            with self.assertRaises(rows.Refused):
                finding.find("b_plugin")
        finally:
            finding.installed[0] = installed

    def test_files_that_only_a_loader_has(self):
        class Loader(object):
            def get_data(self, path):
                files = {os.path.join("archive", "x.messages"): text("a")}
                try:
                    return files[path].encode("utf-8")
                except KeyError:
                    raise IOError(path)

        for name, there in (("x", True), ("y", False)):
            scope = dict(self.scope(name), __file__=os.path.join("archive", name + ".py"), __loader__=Loader())
            if there:
                modules.module(scope)
            else:
                self.assertRaises(ImportError, modules.module, scope)
        self.assertEqual([], modules.messages["p.a"].fields)

    def test_no_such_attribute(self):
        self.module("x", "a")
        self.assertFalse(hasattr(modules.messages["p.a"], "nothing"))
        self.assertEqual([], self.ran)


if __name__ == "__main__":
    unittest.main()
