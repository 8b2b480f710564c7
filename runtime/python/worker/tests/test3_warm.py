"""What is kept warm for plugins of Volatility 3, and how its rows are written."""
import datetime
import io
import json
import os
import struct
import sys
import tempfile
import types
import unittest
from unittest import mock

import volint_test_support  # noqa: F401
from volatility3.cli import text_renderer
from volatility3.framework import contexts, exceptions, interfaces, renderers
from volatility3.framework.configuration import requirements
from volatility3.framework.layers import intel, linear, physical
from volatility3.framework.renderers import format_hints
from volint_worker import channel, identity3, imports3, kernel3, needs3, reads3, saved3, table3, types3, warm3


def plugin(name, *needs):
    return type(name, (), {"__module__": "volatility3.plugins.linux.x", "get_requirements": classmethod(lambda _: needs)})


def module(name="kernel", architectures=("Intel64",), description=""):
    return requirements.ModuleRequirement(name=name, description=description, architectures=list(architectures))


class NeedsTest(unittest.TestCase):
    def kind(self, *needs, **more):
        return needs3.kind(plugin(more.get("name", "P"), *needs), [], more.get("stackers", ["S"]))

    def test_plugins_whose_needs_are_alike(self):
        one = self.kind(module(description="the kernel"), requirements.IntRequirement("offset"), name="One")
        two = self.kind(module(description="Linux"), requirements.BooleanRequirement("all", optional=True), name="Two")
        self.assertEqual(one, two)

    def test_plugins_whose_needs_differ(self):
        kinds = [
            self.kind(module()),
            self.kind(module(architectures=["Intel32"])),
            self.kind(module(name="other")),
            self.kind(module(), stackers=["T"]),
            self.kind(module(), module("second")),
            self.kind(requirements.TranslationLayerRequirement("kernel", architectures=["Intel64"])),
            self.kind(),
        ]
        self.assertEqual(len(set(kinds)), len(kinds))

    def test_of_unknown_needs_nothing_is_shared(self):
        class Odd(requirements.MultiRequirement):
            pass

        self.assertNotEqual(self.kind(Odd("x"), name="One"), self.kind(Odd("x"), name="Two"))


class MoveTest(unittest.TestCase):
    def test_a_context_is_as_if_made_for_the_other_plugin(self):
        context = contexts.Context()
        context.config["plugins.One.kernel.layer.size"] = 5
        context.config["plugins.One.kernel"] = "kernel"
        layer = physical.BufferDataLayer(context, "plugins.One.kernel.layer", "layer", b"data")
        other = physical.BufferDataLayer(context, "plugins.OneMore", "other", b"data")
        self.assertEqual(layer.config["size"], 5)
        context.add_layer(layer)
        context.add_layer(other)
        warm3.move(context, "plugins.One", "plugins.Two")
        self.assertEqual(dict(context.config), {"plugins.Two.kernel": "kernel", "plugins.Two.kernel.layer.size": 5})
        self.assertEqual((layer.config_path, layer.config["size"]), ("plugins.Two.kernel.layer", 5))
        self.assertEqual(other.config_path, "plugins.OneMore")

    def test_nothing_to_move(self):
        context = contexts.Context()
        warm3.move(context, "plugins.One", "plugins.Two")
        self.assertEqual(dict(context.config), {})


class PatientTest(unittest.TestCase):
    def test_the_search_goes_on_when_the_caller_is_gone(self):
        calls = []

        def progress(percent, what):
            calls.append(percent)
            raise channel.Gone()

        patient = warm3.Patient(progress)
        patient(1.0)
        patient(2.0, "scanning")
        self.assertEqual(calls, [1.0])


class FileTest(unittest.TestCase):
    def test_a_child_has_a_file_of_its_own(self):
        with tempfile.NamedTemporaryFile(suffix=".raw") as image:
            image.write(b"0123456789")
            image.flush()
            context = contexts.Context()
            context.config["f.location"] = "file://" + image.name
            layer = physical.FileLayer(context, "f", "f")
            context.add_layer(layer)
            self.assertEqual(layer.read(2, 2), b"23")
            warm = warm3.Warm("kind", context, "plugins.P", image.name)
            warm.let_go()
            self.assertIsNone(layer._file_)
            warm.inherit()
            self.assertIsInstance(layer._file_, io.BufferedReader)
            self.assertEqual(layer.read(4, 2), b"45")
            layer._file_.close()

    def test_what_is_unpacked_is_opened_by_volatility(self):
        import gzip

        with tempfile.NamedTemporaryFile(suffix=".raw.gz") as image:
            with gzip.open(image.name, "wb") as out:
                out.write(b"0123456789")
            context = contexts.Context()
            context.config["f.location"] = "file://" + image.name
            layer = physical.FileLayer(context, "f", "f")
            context.add_layer(layer)
            warm = warm3.Warm("kind", context, "plugins.P", image.name)
            warm.let_go()
            warm.inherit()
            self.assertEqual(layer.read(4, 2), b"45")
            layer.destroy()


class LessonTest(unittest.TestCase):
    def test_of_what_is_told_to_the_parent(self):
        context = contexts.Context()
        table = mock.Mock(spec=interfaces.symbols.BaseSymbolTableInterface, _sort_symbols=[(1, "a")])
        table.name = "t"
        context.symbol_space.append(table)
        warm = warm3.Warm("kind", context, "plugins.P", "")
        warm.inherit()
        context.symbol_space._resolved.new += ["t!a", "own!b", "t!c"]
        self.assertEqual(warm.lesson(), {"kind": "kind", "types": ["t!a", "t!c"], "settled": False, "sorted": ["t"]})
        context.symbol_space._resolved.new += ["t!%060d" % n for n in range(5000)]
        self.assertLess(len(json.dumps(warm.lesson())), 60 << 10)


class SavedTest(unittest.TestCase):
    class Store(dict):
        def get(self, kind, key):
            return dict.get(self, (kind, key))

        def put(self, kind, key, data, note):
            self[kind, key] = data

    def setUp(self):
        self.store = self.Store()
        self.request = {"identity": "one", "image": "/here.raw", "name": "here.raw"}
        self.context = contexts.Context()
        self.context.config["plugins.P.layer.location"] = "file:///here.raw"
        self.plugin = plugin("P", requirements.TranslationLayerRequirement("layer"))
        self.warm = mock.Mock(context=self.context, path="plugins.P", kind="kind")

    def saved(self, **more):
        return saved3.Saved(dict(self.request, **more), "2.28.2", self.store)

    def keep(self, saved):
        found = {"layer.location": "file:///here.raw", "layer.size": 5}
        with mock.patch.object(identity3, "has_kernel", return_value=True), mock.patch.object(
            saved3, "flat", return_value=found
        ):
            saved.keep(self.warm, self.plugin, "stamp")

    def restore(self, saved, same=True, kind="kind", stamp="stamp"):
        search = mock.Mock(plugin=self.plugin, context=contexts.Context(), kind=kind, automagics=[])
        search.find.return_value = (mock.Mock(context=search.context), {})
        with mock.patch.object(identity3, "has_kernel", return_value=True), mock.patch.object(
            identity3, "same_kernel", return_value=same
        ):
            return saved.restore(search, stamp, None)

    def test_it_is_found_again_wherever_the_image_lies(self):
        self.keep(self.saved())
        warm = self.restore(self.saved(image="/there.raw"))
        self.assertEqual(
            dict(warm.context.config), {"plugins.P.layer.location": "file:///there.raw", "plugins.P.layer.size": 5}
        )

    def test_it_is_of_that_image_and_kind_and_those_symbols(self):
        self.keep(self.saved())
        self.assertIsNone(self.restore(self.saved(identity="two")))
        self.assertIsNone(self.restore(self.saved(), kind="other"))
        self.assertIsNone(self.restore(self.saved(), stamp="other"))
        self.assertIsNone(self.restore(saved3.Saved(self.request, "2.27.0", self.store)))
        self.assertIsNotNone(self.restore(self.saved()))

    def test_what_does_not_fit_is_not_used(self):
        self.keep(self.saved())
        self.assertIsNone(self.restore(self.saved(), same=False))
        for data in (b"[1]", b"{", b"\xff", b'{"layer": {}}'):
            for key in self.store:
                self.store[key] = data
            self.assertIsNone(self.restore(self.saved()))

    def test_nothing_is_kept_of_what_has_no_identity(self):
        self.keep(self.saved(identity=""))
        changed = self.saved()
        changed.forget()
        self.keep(changed)
        self.assertEqual(self.store, {})


class ReadsTest(unittest.TestCase):
    """Four-level page tables in a buffer: the quick way against Volatility's."""

    TOP, PAGES = 0x1000, 40

    def setUp(self):
        memory = bytearray(os.urandom(self.PAGES << 12))

        def entry(table, index, value):
            struct.pack_into("<Q", memory, table + index * 8, value)

        for table in range(0x1000, 0x6000, 0x1000):
            memory[table : table + 0x1000] = bytes(0x1000)
        entry(0x1000, 0, 0x2003)
        entry(0x2000, 0, 0x3003)
        entry(0x3000, 0, 0x4003)
        entry(0x3000, 1, 0x83)  # a large page from 0 on, most of it past the end
        entry(0x3000, 2, 0x7FFFF003)  # a table that is not there
        for page, physical_page in enumerate([8, 9, None, 20, 19, 10000, 30, 39]):
            entry(0x4000, page, physical_page << 12 | 3 if physical_page else 0)
        self.context = contexts.Context()
        self.context.add_layer(physical.BufferDataLayer(self.context, "base", "base", bytes(memory)))
        self.layers = [self.layer(), self.layer()]

    def layer(self):
        name = self.context.layers.free_layer_name("top")
        self.context.config[name + ".memory_layer"] = "base"
        self.context.config[name + ".page_map_offset"] = self.TOP
        layer = intel.Intel32e(self.context, name, name)
        self.context.add_layer(layer)
        return layer

    def outcome(self, call):
        try:
            return call()
        except exceptions.PagedInvalidAddressException as error:
            return type(error), error.invalid_address, error.invalid_bits
        except exceptions.InvalidAddressException as error:
            return type(error), error.invalid_address, error.layer_name == "base"

    def test_the_same_is_read(self):
        quick, stock = self.layers
        asked = [(page << 12) + low for page in list(range(9)) + [512, 540, 560, 1024, 1 << 30] for low in (0, 1, 4090, 4095)]
        for offset in asked:
            for length in (0, 1, 6, 4096, 9000):
                for pad in (False, True):
                    self.assertEqual(
                        self.outcome(lambda: reads3.read(quick, offset, length, pad)),
                        self.outcome(lambda: reads3.stock_read.__wrapped__(stock, offset, length, pad)),
                        (hex(offset), length, pad),
                    )
                self.assertEqual(
                    self.outcome(lambda: reads3.is_valid(quick, offset, length)),
                    self.outcome(lambda: reads3.stock_is_valid(stock, offset, length)),
                    (hex(offset), length),
                )

    def test_it_fits_this_volatility(self):
        before = linear.LinearlyMappedLayer.read, intel.Intel.is_valid
        self.addCleanup(setattr, intel.Intel, "is_valid", before[1])
        self.addCleanup(setattr, linear.LinearlyMappedLayer, "read", before[0])
        self.assertTrue(reads3.install())
        self.assertIs(linear.LinearlyMappedLayer.read, reads3.read)

    def test_layers_that_translate_otherwise_keep_their_way(self):
        self.assertFalse(reads3.is_plain(intel.WindowsIntel32e))
        self.assertTrue(reads3.is_plain(intel.Intel32e))


class TableTest(unittest.TestCase):
    def test_values_are_those_of_the_json_renderer(self):
        rows = [
            (0, (1, format_hints.Hex(255), "caf\u00e9", True, datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc))),
            (1, (renderers.NotApplicableValue(), renderers.UnreadableValue(), renderers.NotAvailableValue(), False, renderers.UnparsableValue())),
            (5, (3, format_hints.Hex(0), "\ud800", True, datetime.datetime(2026, 1, 2))),
            (0, (1 << 70, format_hints.Hex(1), "", False, renderers.NotAvailableValue())),
        ]
        extra = [
            (format_hints.HexBytes(b"\x01\xff"), b"ab", format_hints.MultiTypeData(b"hi")),
            (renderers.NotApplicableValue(), renderers.NotAvailableValue(), renderers.UnreadableValue()),
            (format_hints.HexBytes(b""), b"", format_hints.MultiTypeData(5)),
            (format_hints.HexBytes(b"x"), b"\x00", format_hints.MultiTypeData(b"\xff\xfe")),
        ]
        rows = [(depth, left + right) for (depth, left), right in zip(rows, extra)]
        columns = [("n", int), ("hex", format_hints.Hex), ("text", str), ("flag", bool), ("time", datetime.datetime)]
        columns += [("bytes", format_hints.HexBytes), ("raw", bytes), ("many", format_hints.MultiTypeData)]
        grids = [renderers.TreeGrid(columns, iter(rows)) for _ in range(3)]
        self.assertEqual(self.written(grids[0]), self.rendered(grids[1]))
        grids[2].populate()
        self.assertEqual(self.written(grids[2]), self.rendered(renderers.TreeGrid(columns, iter(rows))))

    def written(self, grid):
        out = io.BytesIO()
        report = table3.write_rows(grid, out.write, table3.Report())
        data, found = out.getvalue(), []
        while data:
            size, = struct.unpack_from("<I", data)
            found.append(json.loads(data[4 : 4 + size].decode("ascii")))
            data = data[4 + size :]
        self.assertEqual(report.rows, len(found))
        return found

    def rendered(self, grid):
        with mock.patch.object(sys, "stdout", io.StringIO()) as out:
            text_renderer.JsonRenderer().render(grid)
        found = []

        def visit(rows, depth):
            for row in rows:
                children = row.pop("__children")
                found.append({"depth": depth, "row": row})
                visit(children, depth + 1)

        visit(json.loads(out.getvalue()), 0)
        return found


class ImportsTest(unittest.TestCase):
    def test_a_plugin_of_linux_is_imported_alone(self):
        plugins = imports3.Plugins([])
        self.assertEqual(plugins.exact("linux.pslist.PsList").__name__, "PsList")
        for name in ("linux.pslist.Nothing", "linux.pslist", "linux.nothing.PsList", "windows.pslist.PsList", "timeliner.Timeliner", "linux.pslist.plugins"):
            self.assertIsNone(plugins.exact(name), name)
        self.assertIsNone(imports3.Plugins(["/folder"]).exact("linux.pslist.PsList"))

    def test_code_that_asks_for_others(self):
        source = "from volatility3 import framework\nclass P:\n    @classmethod\n    def run(cls):\n        return [lambda: framework.%s(cls)]\n"
        for name, want in [("class_subclasses", True), ("import_files", True), ("require", False)]:
            module = types.ModuleType("m")
            exec(source % name, module.__dict__)
            self.assertEqual(imports3.enumerates(module), want)


class IdentityTest(unittest.TestCase):
    BANNER = "Linux version 6.1 (test)\n\x00"

    def same(self, swapper=True, memory=BANNER.encode(), banner=BANNER):
        kernel = mock.Mock(layer_name="top", offset=0x100)
        kernel.has_symbol.return_value = True
        kernel.get_symbol.return_value.address = 0x10
        layer = mock.Mock(config={"kernel_banner": banner})
        layer.read.side_effect = lambda at, length: memory[at - 0x110 :][:length]
        context = mock.Mock(modules={"kernel": kernel}, layers={"top": layer})
        with mock.patch.object(kernel3, "reads_swapper", return_value=swapper):
            return identity3.same_kernel(context)

    def test_the_kernel_is_where_it_was(self):
        self.assertTrue(self.same())
        self.assertTrue(self.same(banner=None))
        self.assertFalse(self.same(swapper=False))
        self.assertFalse(self.same(memory=b"Linux version 6.2 (test)\n\x00"))
        self.assertFalse(self.same(memory=b""))


if __name__ == "__main__":
    types3.install()
    unittest.main()
