# -*- coding: utf-8 -*-
import json
import os
import subprocess
import sys
import tempfile
import traceback
import unittest

import volint_test_support as support

import boot


class ImporterTest(unittest.TestCase):
    def setUp(self):
        self.importer = boot.Importer({
            "volint_t": (u"", "volint/t/__init__.py", True),
            "volint_t.a": (u"# -*- coding: utf-8 -*-\nfrom . import b\nNAME = u'\u00e9' + b.NAME\n", "volint/t/a.py", False),
            "volint_t.b": (u"NAME = 'b'\n\ndef fail():\n    raise ValueError('here')\n", "volint/t/b.py", False),
            "volint_t.bad": (u"1 / 0\n", "volint/t/bad.py", False),
        })
        sys.meta_path.insert(0, self.importer)
        self.addCleanup(self.forget)

    def forget(self):
        sys.meta_path.remove(self.importer)
        for name in [name for name in sys.modules if name.startswith("volint_t")]:
            if name == "volint_t" or name.startswith("volint_t."):
                del sys.modules[name]

    def test_modules_find_each_other(self):
        import volint_t.a

        self.assertEqual(volint_t.a.NAME, u"\u00e9b")
        self.assertEqual(volint_t.a.__file__, "volint/t/a.py")

    def test_tracebacks_show_the_lines(self):
        import volint_t.b

        try:
            volint_t.b.fail()
        except ValueError:
            text = traceback.format_exc()
        self.assertIn("raise ValueError('here')", text)

    def test_a_module_that_fails_is_not_there(self):
        for _ in range(2):
            with self.assertRaises(ZeroDivisionError):
                __import__("volint_t.bad")
        self.assertNotIn("volint_t.bad", sys.modules)

    def test_others_are_not_found(self):
        with self.assertRaises(ImportError):
            __import__("volint_t.none")


class AloneTest(unittest.TestCase):
    """The worker without volint: python worker REQUEST.json DROPINS."""

    def test_request(self):
        folder = tempfile.mkdtemp()
        request = os.path.join(folder, "request.json")
        other = 2 if sys.version_info[0] == 3 else 3
        with open(request, "w") as out:
            json.dump({"action": "run", "version": other, "log": 30}, out)
        r, w = os.pipe()
        worker = os.path.dirname(support.HERE)
        command = 'exec "$0" "$1" "$2" "$3" 3>/dev/null 4>&%d' % w
        process = subprocess.Popen(
            ["bash", "-c", command, sys.executable, worker, request, folder],
            stdin=subprocess.PIPE, close_fds=False, preexec_fn=lambda: keep(w),
        )
        os.close(w)
        with os.fdopen(r) as control:
            records = [json.loads(line) for line in control]
        process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertEqual([record["type"] for record in records], ["hello", "error"])
        self.assertEqual(records[1]["code"], "no-volatility")


def keep(fd):
    if hasattr(os, "set_inheritable"):
        os.set_inheritable(fd, True)


if __name__ == "__main__":
    unittest.main()
