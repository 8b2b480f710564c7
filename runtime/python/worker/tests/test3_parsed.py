"""Symbol files that are parsed once: what tables get of them."""
import bz2
import copy
import gc
import gzip
import io
import json
import logging
import lzma
import os
import pathlib
import shutil
import tempfile
import time
import unittest
import zipfile

import volint_test_support  # noqa: F401
import volatility3.framework.symbols.linux.extensions.network  # noqa: F401 - which the tables want
import volatility3.symbols
from volatility3 import schemas
from volatility3.framework import constants, contexts, exceptions
from volatility3.framework.automagic import symbol_cache
from volatility3.framework.layers import resources
from volatility3.framework.symbols import intermed
from volint_worker import content3, lazy3, parsed3, store, symbols3

FIXTURE = pathlib.Path(volint_test_support.HERE).parents[3] / "testdata" / "linux-6.1-tiny"

ISF = {
    "metadata": {"format": "6.2.0", "producer": {"name": "test", "version": "1.0.0"}},
    "base_types": {
        "int": {"size": 4, "signed": True, "kind": "int", "endian": "little"},
        "pointer": {"size": 8, "signed": False, "kind": "int", "endian": "little"},
    },
    "user_types": {
        "outer": {
            "size": 16,
            "kind": "struct",
            "fields": {
                "x": {"offset": 0, "type": {"kind": "base", "name": "int"}},
                "unnamed": {"offset": 8, "anonymous": True, "type": {"kind": "struct", "name": "inner"}},
            },
        },
        "inner": {"size": 8, "kind": "union", "fields": {"y": {"offset": 4, "type": {"kind": "base", "name": "int"}}}},
    },
    "enums": {"e": {"size": 4, "base": "int", "constants": {"ONE": 1, "TWO": 2}}},
    "symbols": {
        "a_symbol": {"address": 0xFFFFFFFF81000000, "type": {"kind": "struct", "name": "outer"}},
        "linux_banner": {"address": 5, "constant_data": "TGludXg="},
        "big": {"address": 1 << 70},
        "text \u00e9": {"address": 7},
    },
}


class LazyTest(unittest.TestCase):
    def lazy(self, value=ISF):
        return lazy3.Packed(lazy3.pack(value)).new()

    def test_equals_what_was_packed(self):
        for value in (ISF, {}, {"a": {}}, {"a": {"b": {}}}, {"a": {"b": 1}}, {"a\0": {"b\0": {}}}, {"a": [1.5, None, True]}):
            self.assertEqual(self.lazy(value), value)
            self.assertEqual(json.dumps(self.lazy(value)), json.dumps(value))
            self.assertEqual(list(self.lazy(value)), list(value))

    def test_every_way_of_asking_gives_values(self):
        plain = ISF["symbols"]
        ways = {
            "[]": lambda d: {key: d[key] for key in d},
            "get": lambda d: {key: d.get(key) for key in d},
            "items": lambda d: {key: value for key, value in d.items()},
            "values": lambda d: dict(zip(d, d.values())),
            "pop": lambda d: {key: d.pop(key) for key in list(d)},
            "popitem": lambda d: dict(d.popitem() for _ in range(len(d))),
            "setdefault": lambda d: {key: d.setdefault(key, 1) for key in d},
            "copy": lambda d: d.copy(),
            "copy.copy": copy.copy,
            "deepcopy": copy.deepcopy,
            "deepcopy's items": lambda d: dict(copy.deepcopy(d).items()),
            "|": lambda d: d | {},
            "| of another": lambda d: {} | d,
            "JSON": lambda d: json.loads(json.dumps(d)),
            "repr": lambda d: eval(repr(d)),
            "update": lambda d: updated(d),
        }
        for name, way in ways.items():
            self.assertEqual(way(self.lazy()["symbols"]), plain, name)
        lazy = self.lazy()["symbols"]
        self.assertEqual((lazy.get("none"), lazy.get("none", 3), lazy.pop("none", 4)), (None, 3, 4))
        for missing in (lambda: lazy["none"], lambda: lazy.pop("none")):
            self.assertRaises(KeyError, missing)
        self.assertNotEqual(lazy, {})
        self.assertEqual(lazy, self.lazy()["symbols"])
        self.assertIn("big", lazy)
        self.assertEqual(len(lazy), len(plain))

    def test_objects_are_apart(self):
        packed = lazy3.Packed(lazy3.pack(ISF))
        first, second = packed.new(), packed.new()
        first["metadata"]["format"] = "0"
        first["symbols"]["big"]["address"] = 0
        first["enums"]["e"]["constants"].clear()
        first["user_types"]["new"] = {}
        copied = copy.deepcopy(second)
        copied["symbols"]["big"]["address"] = 0
        self.assertEqual(second, ISF)
        self.assertEqual(packed.new(), ISF)

    def test_the_collector_is_as_before(self):
        lazy3.pack(ISF)
        self.assertTrue(gc.isenabled())
        gc.disable()
        self.addCleanup(gc.enable)
        self.lazy()["symbols"].items()
        self.assertFalse(gc.isenabled())


def updated(d):
    d.update(big={"address": 1 << 70})
    return d.copy()


class Counting(object):
    """Counts what is parsed and validated."""

    def __init__(self, test):
        self.parsed = self.validated = 0
        loads, validate = json.loads, schemas.validate

        def counted_loads(*args, **kwargs):
            self.parsed += 1
            return loads(*args, **kwargs)

        def counted_validate(*args, **kwargs):
            self.validated += 1
            return validate(*args, **kwargs)

        parsed3.json, schemas.validate = parsed3.Instead(json, loads=counted_loads), counted_validate
        test.addCleanup(setattr, parsed3, "json", json)
        test.addCleanup(setattr, schemas, "validate", validate)


class TablesCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = store.Store(os.path.join(self.folder, "store"), 1 << 30)
        self.addCleanup(parsed3.detach, intermed)
        self.addCleanup(parsed3.detach, symbol_cache)
        self.counting = Counting(self)

    def start(self, store="the store"):
        """As in a new process."""
        parsed3.install(self.store if store == "the store" else store)

    def counts(self):
        return self.counting.parsed, self.counting.validated

    def write(self, name="k.json", value=ISF, pack=lambda data: data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(pack(json.dumps(value).encode("ascii")))
        os.utime(path, (1, 1))
        return pathlib.Path(path).as_uri()

    def table(self, url, **settings):
        return intermed.IntermediateSymbolTable(contexts.Context(), "a.b", "kernel", isf_url=url, **settings)

    def check(self, table, value=ISF):
        self.assertEqual(table._delegate._json_object, value)
        self.assertEqual(list(table.symbols), list(value["symbols"]))
        self.assertEqual(table.get_symbol("big").address, 1 << 70)
        self.assertEqual(table.get_type("outer").vol.members["y"][0], 12)
        self.assertEqual(table.get_enumeration("e").vol.choices, {"ONE": 1, "TWO": 2})
        self.assertEqual(list(table.get_symbols_by_location(7)), ["text \u00e9"])
        self.assertEqual(table.get_symbol("linux_banner").constant_data, b"Linux")


class TablesTest(TablesCase):
    def test_once_a_process_and_then_never(self):
        url = self.write()
        self.start()
        for _ in range(3):
            self.check(self.table(url))
        self.assertEqual(self.counts(), (1, 1))
        self.start()
        for _ in range(3):
            self.check(self.table(url))
        self.assertEqual(self.counts(), (1, 1))

    def test_a_kernels_symbols(self):
        """Tables are made of nothing else than this object: in full, and in order."""
        (path,) = FIXTURE.glob("*.isf.json.xz")
        stock = json.dumps(self.table(path.as_uri())._delegate._json_object)
        for _ in range(2):
            self.start()
            for _ in range(2):
                self.assertTrue(json.dumps(self.table(path.as_uri())._delegate._json_object) == stock)
        self.assertEqual(self.counts(), (1, 2))  # the stock one was validated, too

    def test_without_a_store_once_a_process(self):
        url = self.write()
        for expected in (1, 2):
            self.start(None)
            for _ in range(3):
                self.check(self.table(url))
            self.assertEqual(self.counts(), (expected, expected))

    def test_every_way_of_compressing(self):
        jar = os.path.join(self.folder, "all.zip")
        with zipfile.ZipFile(jar, "w") as archive:
            archive.writestr("linux/k.json.xz", lzma.compress(json.dumps(ISF).encode(), check=lzma.CHECK_CRC32))
        urls = [
            self.write("k.json.xz", pack=lzma.compress),
            self.write("k.json.gz", pack=gzip.compress),
            self.write("k.json.bz2", pack=bz2.compress),
            self.write("k \u00e9%41.json"),
            "jar:file:" + jar + "!linux/k.json.xz",
        ]
        self.start()
        for url in urls:
            self.check(self.table(url))
        made = self.counts()
        self.assertEqual(made, (len(urls), len(urls)))
        self.start()
        for url in urls:
            self.check(self.table(url))
        self.assertEqual(self.counts(), made)

    def test_the_content_counts(self):
        url = self.write()
        self.start()
        self.check(self.table(url))
        changed = copy.deepcopy(ISF)
        changed["symbols"]["big"]["address"] -= 1
        self.assertEqual(len(json.dumps(changed)), len(json.dumps(ISF)))
        self.write(value=changed)  # of the same size and time
        self.assertEqual(self.table(url).get_symbol("big").address, (1 << 70) - 1)
        self.write()
        self.check(self.table(url))
        moved = self.write("other.json")
        self.check(self.table(moved))
        self.assertEqual(self.counts(), (2, 2))

    def test_a_file_that_changes_while_it_is_parsed_is_not_kept(self):
        url = self.write()
        self.start()
        stock = resources.ResourceAccessor.open

        def slow(accessor, url, mode="rb"):
            changed = copy.deepcopy(ISF)
            changed["symbols"]["big"]["address"] = 1
            self.write(value=changed)
            return stock(accessor, url, mode)

        resources.ResourceAccessor.open = slow
        try:
            self.assertEqual(self.table(url).get_symbol("big").address, 1)
        finally:
            resources.ResourceAccessor.open = stock
        self.write()
        self.check(self.table(url))

    def test_what_is_not_valid_is_not_kept(self):
        broken = dict(ISF, metadata={"format": "9.9.9"})
        url = self.write(value=broken)
        for _ in range(2):
            self.start()
            with self.assertRaises(exceptions.SymbolSpaceError):
                self.table(url)
        self.assertEqual(self.counts(), (2, 2))
        url = self.write(value=["no", "object"])
        for _ in range(2):
            with self.assertRaises(AttributeError):  # as without volint
                self.table(url)

    def test_what_was_not_validated_is_validated_when_it_is_asked_for(self):
        url = self.write()
        self.start()
        self.check(self.table(url, validate=False))
        self.assertEqual(self.counts(), (1, 0))
        self.check(self.table(url))
        self.assertEqual(self.counts(), (2, 1))
        self.check(self.table(url, validate=False))
        self.assertEqual(self.counts(), (2, 1))

    def test_warnings_come_again(self):
        old = dict(ISF, metadata={"format": "6.2.0", "producer": {"name": "dwarf2json", "version": "0.6.0"}})
        old["symbols"] = dict(ISF["symbols"], rust_helper_BUG={"address": 1})
        url = self.write(value=old)
        for _ in range(3):
            self.start()
            with self.assertLogs(schemas.vollog, logging.WARNING) as said:
                self.table(url)
            self.assertEqual(len([line for line in said.output if "dwarf2json < 0.9.0" in line]), 1, said.output)
        self.assertEqual(self.counts(), (1, 1))

    def test_errors_are_volatilitys_own(self):
        self.start()
        with self.assertRaises(OSError):
            self.table("file:///nowhere/k.json")
        path = os.path.join(self.folder, "cut.json.xz")
        with open(path, "wb") as out:
            out.write(lzma.compress(b"{}")[:-9])
        with self.assertRaises(EOFError):
            self.table(pathlib.Path(path).as_uri())
        url = self.write("bad.json", pack=lambda data: data[:-1])
        with self.assertRaises(ValueError):
            self.table(url)
        url = self.write("mark.json", pack=lambda data: b"\xef\xbb\xbf" + data)
        with self.assertRaises(ValueError):
            self.table(url)

    def test_a_store_that_is_broken_costs_time_only(self):
        url = self.write()
        self.start()
        self.check(self.table(url))
        folder = os.path.join(self.folder, "store")
        (name,) = [name for name in os.listdir(folder) if name.startswith("symbols-")]
        with open(os.path.join(folder, name), "r+b") as entry:
            entry.seek(-20, io.SEEK_END)
            entry.write(b"\xff" * 8)
        self.start()
        self.check(self.table(url))
        self.assertEqual(self.counts(), (2, 2))
        self.start()
        self.check(self.table(url))
        self.assertEqual(self.counts(), (2, 2))

    def test_other_uses_of_the_modules_go_through(self):
        self.start()
        url = self.write()
        with intermed.resources.ResourceAccessor().open(url) as opened:
            self.assertEqual(json.loads(opened.read()), ISF)
        with intermed.resources.ResourceAccessor().open(url) as opened:
            self.assertEqual(b"".join(opened), json.dumps(ISF).encode())
        self.assertEqual(intermed.json.load(io.StringIO("[1]")), [1])
        self.assertEqual(intermed.json.dumps([1]), "[1]")
        self.assertFalse(intermed.schemas.validate({}))
        self.assertIs(intermed.resources.HAS_MAGIC, resources.HAS_MAGIC)
        parsed3.detach(intermed)
        self.assertIs(intermed.resources, resources)
        self.assertIs(intermed.json, json)
        self.assertIs(intermed.schemas, schemas)


class IndexTest(TablesCase):
    """What the index parses of a new file is handed over to the first table."""

    def setUp(self):
        TablesCase.setUp(self)
        for module, name, value in (
            (constants, "CACHE_PATH", self.folder),
            (volatility3.symbols, "__path__", [os.path.join(self.folder, "symbols")]),
            (parsed3, "MANY", 0),
        ):
            self.addCleanup(setattr, module, name, getattr(module, name))
            setattr(module, name, value)
        os.mkdir(os.path.join(self.folder, "symbols"))
        stock = schemas.create_json_hash
        self.addCleanup(setattr, schemas, "create_json_hash", stock)
        self.hashed = 0

        def counted(*args, **kwargs):
            self.hashed += 1
            return stock(*args, **kwargs)

        schemas.create_json_hash = counted

    def index(self):
        symbols3.update_index()
        (row,) = symbols3.open_index()._database.execute("SELECT hash, stats_symbols, identifier FROM cache").fetchall()
        return row["hash"], row["stats_symbols"], bytes(row["identifier"])

    EXPECTED = (schemas.create_json_hash(ISF), 4, b"Linux")

    def test_one_parse_for_the_index_and_the_tables(self):
        url = self.write("symbols/k.json")
        self.start()
        self.assertEqual(self.index(), self.EXPECTED)
        self.assertEqual(self.counts(), (1, 0))
        for _ in range(2):
            self.check(self.table(url))
        self.assertEqual(self.counts(), (1, 1))
        self.start()
        self.check(self.table(url))
        self.assertEqual(self.counts(), (1, 1))
        self.assertEqual(self.hashed, 1)

    def test_a_file_that_was_not_the_last(self):
        url = self.write("symbols/k.json")
        other = self.write("other.json", dict(ISF, enums={}))
        self.start()
        self.index()
        self.table(other)
        self.check(self.table(url))
        self.assertEqual(self.counts(), (3, 2))

    def test_validating_makes_the_hash_that_it_goes_by(self):
        """Where jsonschema is: Volatility knows by the hash what it has validated."""
        url = self.write("symbols/k.json")
        seen = []
        validate = schemas.validate

        def looked(parsed, *args):
            seen.append(schemas.create_json_hash(parsed, None))
            return validate(parsed, *args)

        schemas.validate = looked
        for validates, expected in ((True, self.EXPECTED[0]), (False, "")):
            self.start(None)
            files = parsed3.Files(None)
            files._validates = validates
            parsed3.attach(intermed, files, files.load)
            self.check(self.table(url))
            self.assertEqual(seen.pop(), expected)
            self.assertEqual(schemas.create_json_hash(ISF), self.EXPECTED[0])


class ContentTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "f")
        self.url = pathlib.Path(self.path).as_uri()

    def write(self, data, age=100):
        with open(self.path, "wb") as out:
            out.write(data)
        os.utime(self.path, (time.time() - age,) * 2)

    def test_a_file_is_read_once(self):
        reads = []
        stock = content3.digest_of
        content3.digest_of = lambda *args: reads.append(args) or stock(*args)
        self.addCleanup(setattr, content3, "digest_of", stock)
        contents = content3.Contents()
        self.write(b"a" * 3000000)
        first = contents.of(self.url)
        self.assertIs(contents.of(self.url), first)
        self.assertEqual(len(reads), 1)
        self.write(b"b" * 3000000)
        self.assertNotEqual(contents.of(self.url).digest, first.digest)
        self.assertEqual(len(reads), 2)
        self.write(b"c", age=0)
        contents.of(self.url)
        contents.of(self.url)
        self.assertEqual(len(reads), 4)

    def test_what_is_no_local_file_has_no_content(self):
        contents = content3.Contents()
        jar = os.path.join(self.folder, "x.zip")
        with zipfile.ZipFile(jar, "w") as archive:
            archive.writestr("m", "1")
        self.write(b"no archive")
        for url in (
            "http://host/f", "file://host/f", "jar:http://host/f!m", self.url + "x", "", "jar:file:" + jar,
            "jar:file:" + jar + "!n", "jar:" + self.url + "!m", pathlib.Path(self.folder).as_uri(),
        ):
            self.assertIsNone(contents.of(url), url)
        self.assertIsNotNone(contents.of("jar:file:" + jar + "!m"))


if __name__ == "__main__":
    unittest.main()
