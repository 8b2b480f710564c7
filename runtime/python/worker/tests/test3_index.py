"""The index of symbol files: what makes it look again."""
import base64
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest
import zipfile

import volint_test_support  # noqa: F401
import volatility3.symbols
from volatility3.framework import constants
from volatility3.framework.automagic import symbol_cache
from volint_worker import folders3, symbols3


def isf(banner):
    data = base64.b64encode(banner.encode() + b"\0").decode()
    return json.dumps({
        "metadata": {"format": "6.2.0"}, "base_types": {}, "user_types": {}, "enums": {},
        "symbols": {"linux_banner": {"address": 1, "constant_data": data}},
    })


class IndexTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.folder = os.path.join(self.root, "symbols")
        os.mkdir(self.folder)
        for module, name, value in (
            (constants, "CACHE_PATH", os.path.join(self.root)),
            (volatility3.symbols, "__path__", [self.folder]),
        ):
            self.addCleanup(setattr, module, name, getattr(module, name))
            setattr(module, name, value)
        self.updates = 0
        stock = symbol_cache.SqliteCache.update

        def counted(index, progress=None):
            self.updates += 1
            return stock(index, progress)

        symbol_cache.SqliteCache.update = counted
        self.addCleanup(setattr, symbol_cache.SqliteCache, "update", stock)

    def write(self, name, banner, stamp=None):
        path = os.path.join(self.folder, name)
        with open(path, "w") as out:
            out.write(isf(banner))
        if stamp is not None:
            os.utime(path, (stamp, stamp))
        return path

    def known(self):
        symbols3.update_index()
        return {banner: os.path.basename(path) for banner, path in symbols3.known_banners().items()}

    def unchanged(self):
        before = self.updates
        self.known()
        return self.updates == before

    def test_nothing_is_looked_at_twice(self):
        self.write("a.json", "A")
        for _ in range(3):
            self.assertEqual(self.known(), {"A": "a.json"})
        self.assertEqual(self.updates, 1)

    def test_what_came_went_and_changed(self):
        self.write("a.json", "A", stamp=1)
        self.assertEqual(self.known(), {"A": "a.json"})
        self.write("b.json", "B", stamp=1)
        self.assertEqual(self.known(), {"A": "a.json", "B": "b.json"})
        self.write("a.json", "C", stamp=1)  # of the same size and time
        self.assertEqual(self.known(), {"C": "a.json", "B": "b.json"})
        os.rename(os.path.join(self.folder, "b.json"), os.path.join(self.folder, "c.json"))
        self.assertEqual(self.known(), {"C": "a.json", "B": "c.json"})
        os.mkdir(os.path.join(self.folder, "sub"))
        shutil.move(os.path.join(self.folder, "c.json"), os.path.join(self.folder, "sub", "d.json"))
        self.assertEqual(self.known(), {"C": "a.json", "B": "d.json"})
        shutil.rmtree(os.path.join(self.folder, "sub"))
        self.assertEqual(self.known(), {"C": "a.json"})
        self.assertTrue(self.unchanged())

    def test_archives_count(self):
        path = os.path.join(self.folder, "all.zip")
        for banner in ("A", "B"):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("x.json", isf(banner))
            self.assertEqual(list(self.known()), [banner])

    def test_links_count_by_what_they_lead_to(self):
        for banner in ("A", "B"):
            with open(os.path.join(self.root, "outside.json"), "w") as out:
                out.write(isf(banner))
            if not os.path.lexists(os.path.join(self.folder, "link.json")):
                os.symlink(os.path.join(self.root, "outside.json"), os.path.join(self.folder, "link.json"))
            self.assertEqual(list(self.known()), [banner])

    def test_other_folders_are_looked_at(self):
        self.write("a.json", "A")
        self.assertEqual(self.known(), {"A": "a.json"})
        other = os.path.join(self.root, "other")
        os.mkdir(other)
        volatility3.symbols.__path__ = [other]
        self.assertEqual(self.known(), {})

    def test_an_index_that_another_program_changed(self):
        self.write("a.json", "A")
        self.assertEqual(self.known(), {"A": "a.json"})
        index = symbols3.open_index()
        index._database.execute("DELETE FROM cache")
        index._database.commit()
        index._database.close()
        self.assertEqual(self.known(), {"A": "a.json"})
        os.unlink(symbols3.index_path())
        self.assertEqual(self.known(), {"A": "a.json"})
        with open(os.path.join(self.root, symbols3.STATE), "wb") as state:
            state.write(b"\xff\n")
        self.assertEqual(self.known(), {"A": "a.json"})
        self.assertEqual(self.updates, 4)

    def test_a_file_that_changes_while_it_is_looked_at(self):
        path = self.write("a.json", "A", stamp=1)
        stock = symbol_cache.SqliteCache.update

        def slow(index, progress=None):
            stock(index, progress)
            self.write("a.json", "B", stamp=1)

        symbol_cache.SqliteCache.update = slow
        self.assertEqual(self.known(), {"A": "a.json"})
        symbol_cache.SqliteCache.update = stock
        self.assertEqual(self.known(), {"B": "a.json"})
        self.assertTrue(os.path.exists(path))

    def test_automagic_does_the_same(self):
        stock = symbol_cache.SymbolCacheMagic.__call__
        self.addCleanup(setattr, symbol_cache.SymbolCacheMagic, "__call__", stock)
        symbols3.install()
        self.write("a.json", "A")
        said = []
        for _ in range(2):
            symbol_cache.SymbolCacheMagic.__call__(None, None, "", None, lambda *progress: said.append(progress))
        self.assertEqual(self.updates, 1)
        self.assertEqual(len(said), 1)


class ChangedTest(unittest.TestCase):
    def stamp(self, at):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))

    def test_changed_since(self):
        with tempfile.NamedTemporaryFile() as file:
            os.utime(file.name, (1000000, 1000000))
            came = int(os.stat(file.name).st_ctime)
            self.assertFalse(symbols3.changed_since(file.name, self.stamp(came + 1)))
            self.assertTrue(symbols3.changed_since(file.name, self.stamp(came)))
            os.utime(file.name, (came + 100, came + 100))
            self.assertTrue(symbols3.changed_since(file.name, self.stamp(came + 100)))
            self.assertTrue(symbols3.changed_since(file.name, "never"))
        self.assertTrue(symbols3.changed_since("/no/such", self.stamp(1)))


class WalkTest(unittest.TestCase):
    """What counts is at least what Volatility finds."""

    def test_what_volatility_finds_is_walked(self):
        from volatility3.framework.symbols import intermed

        root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, root)
        outside = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, outside)
        for path in ("a.json", "b/c.json.xz", "b/d.json.gz", "b/e/f.json.bz2", "n.txt", ".hidden/g.json", "h.JSON"):
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            pathlib.Path(root, path).write_text("{}")
        pathlib.Path(outside, "i.json").write_text("{}")
        os.symlink(outside, os.path.join(root, "linked"))
        os.symlink("nowhere", os.path.join(root, "broken.json"))
        self.addCleanup(setattr, volatility3.symbols, "__path__", volatility3.symbols.__path__)
        volatility3.symbols.__path__ = [root]
        found = {symbols3.path_of(url) for url in intermed.IntermediateSymbolTable.file_symbol_url("")}
        walked = {entry[0] for entry in folders3.walk(os.path.realpath(root))}
        self.assertTrue(found)
        self.assertEqual(found - walked, set())


if __name__ == "__main__":
    unittest.main()
