"""Types of Windows kernels, which are imported when they are asked for."""
import os
import sys
import unittest

import volint_test_engine2 as warm

ENGINE = warm.engine()
from volint_worker import tables2  # noqa: E402 - the engine imports Volatility where it is safe

SEVEN = tables2.PACKAGE + "win7_sp1_x64_vtypes"


class TablesTest(warm.Test):
    def test_as_they_are(self):
        table = sys.modules[SEVEN]
        self.assertIs(type(table), tables2.Table)
        namespace = {}
        with open(table.__file__) as source:
            exec(source.read(), namespace)
        found = [name for name in dir(table) if name.endswith("_types")]
        self.assertEqual(found, ["ntkrnlmp_types"])
        self.assertEqual(table.ntkrnlmp_types, namespace["ntkrnlmp_types"])
        self.assertIs(sys.modules[SEVEN], table)
        with self.assertRaises(AttributeError):
            table.nope

    def test_profile(self):
        profile = ENGINE.profiles("Win7SP1x86")["Win7SP1x86"]()
        self.assertGreater(profile.get_obj_size("_EPROCESS"), 700)

    def test_what_is_a_table(self):
        for content, want in [
            ("ntkrnlmp_types = {\n 'a' : [1, {}],\n}\n", True),
            ("ntkrnlmp_types = {\n}\nclass X(object):\n    pass\n", False),
            ("import x\nntkrnlmp_types = {\n}\n", False),
            ("ntkrnlmp_types = {\n}\ntry:\n    x\nexcept NameError:\n    pass\n", False),
            ("other = {\n}\n", False),
        ]:
            with open(self.path("x_vtypes.py"), "w") as out:
                out.write(content)
            found = tables2.Importer().find_module(tables2.PACKAGE + "x_vtypes", [self.folder])
            self.assertEqual(found is not None, want, content)
        self.assertIsNone(tables2.Importer().find_module(tables2.PACKAGE + "x_vtypes", [os.devnull]))
        self.assertIsNone(tables2.Importer().find_module("other.x_vtypes", [self.folder]))


if __name__ == "__main__":
    unittest.main()
