"""Types that are resolved as they are used are those that Volatility resolves at once,
and symbols are in its order."""
import json
import os
import shutil
import tempfile
import unittest

import volint_test_support  # noqa: F401
from volatility3.framework import contexts, exceptions, interfaces, objects, symbols
from volatility3.framework.layers import physical
from volatility3.framework.objects import templates
from volatility3.framework.symbols import intermed
from volint_worker import sorted3, swift3, types3

eager = symbols.SymbolSpace._iterative_resolve


def setUpModule():
    types3.install()
    sorted3.install()


def struct(size, **fields):
    return {
        "kind": "struct",
        "size": size,
        "fields": {name: {"offset": offset, "type": kind} for name, (offset, kind) in fields.items()},
    }


def base(name):
    return {"kind": "base", "name": name}


def named(name):
    return {"kind": "struct", "name": name}


def pointer(to):
    return {"kind": "pointer", "subtype": to}


INTEGER = {"size": 4, "signed": True, "kind": "int", "endian": "little"}
ISF = {
    "metadata": {"format": "6.2.0", "producer": {"name": "test", "version": "1", "datetime": "2026-01-01T00:00:00"}},
    "base_types": {
        "int": INTEGER,
        "pointer": {"size": 8, "signed": False, "kind": "int", "endian": "little"},
    },
    "enums": {},
    "user_types": {
        "task": struct(
            24,
            pid=(0, base("int")),
            files=(8, pointer(named("files"))),
            inner=(16, named("inner")),
            lost=(16, pointer(named("nowhere"))),
        ),
        "files": struct(16, socket=(0, pointer(named("socket"))), task=(8, pointer(named("task")))),
        "socket": struct(8, number=(0, base("int")), many=(0, {"kind": "array", "count": 2, "subtype": named("inner")})),
        "inner": struct(4, value=(0, base("int"))),
    },
    "symbols": {
        "b": {"address": 0x1000, "type": named("task")},
        "a": {"address": 0x1000},
        "high": {"address": 0xFFFF800000000010},
        "low": {"address": 0x10, "type": pointer(named("files"))},
    },
}


class Special(objects.StructType):
    """The class that a plugin sets."""


class SpaceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "t.json")
        with open(path, "w") as out:
            json.dump(ISF, out)
        self.context = contexts.Context()
        self.context.config["t.symbol_mask"] = 0xFFFFFFFFFFFF
        self.space = self.context.symbol_space
        self.table = intermed.IntermediateSymbolTable(
            self.context, "t", "t", "file://" + path, validate=False, symbol_mask=0xFFFFFFFFFFFF
        )
        self.space.append(self.table)
        memory = bytearray(256)
        memory[0:4] = (7).to_bytes(4, "little")
        memory[8:16] = (64).to_bytes(8, "little")
        memory[64:72] = (128).to_bytes(8, "little")
        memory[128:132] = (9).to_bytes(4, "little")
        memory[132:136] = (5).to_bytes(4, "little")
        self.context.add_layer(physical.BufferDataLayer(self.context, "m", "m", bytes(memory)))

    def task(self):
        return self.context.object("t!task", layer_name="m", offset=0)


class TypesTest(SpaceTest):
    def test_what_is_read_is_the_same(self):
        task = self.task()
        self.assertEqual((task.pid, task.inner.value), (7, 0))
        socket = task.files.socket.dereference()
        self.assertEqual((socket.number, socket.many[1].value), (9, 5))
        self.assertEqual((task.files.vol.subtype.size, socket.vol.type_name), (16, "t!socket"))
        self.assertEqual(task.files.vol.subtype.relative_child_offset("task"), 8)
        self.assertTrue(task.files.has_member("socket"))
        self.assertFalse(task.files.has_member("pid"))
        self.assertEqual(task.files.vol.subtype.clone().vol.type_name, "t!files")

    def test_nothing_is_resolved_that_is_not_used(self):
        self.assertEqual(self.task().pid, 7)
        self.assertEqual(set(self.space._resolved), {"t!task"})
        self.space._resolved = {"t!task": self.space._weak_resolve(symbols.SymbolType.TYPE, "t!task")}
        eager(self.space, ["t!task"])
        self.assertIn("t!socket", self.space._resolved)

    def test_what_there_is_not_is_told_as_ever(self):
        lost = self.task().lost
        with self.assertRaises(exceptions.SymbolError):
            lost.vol.subtype.size
        with self.assertRaises(exceptions.SymbolError):
            lost.dereference()
        for _ in range(2):
            with self.assertRaises(exceptions.SymbolError):
                self.space.get_type("t!nowhere")

    def test_a_class_that_is_set_does_not_change_what_was_reached(self):
        self.task()
        self.table.set_type_class("socket", Special)
        self.assertNotIsInstance(self.task().files.socket.dereference(), Special)

    def test_a_class_that_is_set_first_counts(self):
        self.table.set_type_class("socket", Special)
        self.assertIsInstance(self.task().files.socket.dereference(), Special)

    def test_a_class_that_is_set_again_settles_nothing(self):
        self.table.set_type_class("socket", Special)
        self.task()
        self.table.set_type_class("socket", Special)
        self.assertNotIn("t!files", self.space._resolved)


class InheritedTest(SpaceTest):
    """What a child has of its parent."""

    def setUp(self):
        super().setUp()
        types3.resolve(self.space, "t!socket")
        types3.resolve(self.space, "t!task")
        self.types = self.space._resolved = types3.Types(self.space._resolved)

    def test_it_is_taken_over_when_it_is_asked_for(self):
        self.assertEqual(len(self.types), 0)
        self.task()
        self.assertEqual(set(self.types), {"t!task"})
        self.assertEqual(self.types.new, [])
        self.task().files.dereference()
        self.assertEqual(self.types.new, ["t!files"])

    def test_a_class_that_is_set_first_counts(self):
        self.table.set_type_class("socket", Special)
        self.assertIsInstance(self.context.object("t!socket", layer_name="m", offset=128), Special)

    def test_a_class_that_is_set_does_not_change_what_was_reached(self):
        self.task()
        self.table.set_type_class("socket", Special)
        self.assertNotIsInstance(self.context.object("t!socket", layer_name="m", offset=128), Special)

    def test_what_is_resolved_after_a_class_was_set_is_no_news(self):
        self.table.set_type_class("socket", Special)
        self.assertTrue(self.types.settled)
        self.task()
        self.assertEqual(self.types.new, [])


class SortedTest(SpaceTest):
    def test_the_order_is_that_of_volatility(self):
        stock = sorted((self.table.get_symbol(name).address, name) for name in self.table.symbols)
        self.assertEqual(sorted3.in_order(self.table), stock)
        self.assertEqual(stock[-1], (0x800000000010, "high"))
        self.assertEqual(list(self.table.get_symbols_by_location(0x1000)), ["a", "b"])
        self.assertEqual(self.table._sort_symbols, stock)

    def test_odd_symbols_are_left_to_volatility(self):
        self.table._delegate._json_object["symbols"]["odd"] = {}
        self.assertIsNone(sorted3.in_order(self.table))
        with self.assertRaises(exceptions.SymbolError):
            list(self.table.get_symbols_by_location(0x1000))


class SwiftTest(SpaceTest):
    def setUp(self):
        super().setUp()
        self.stock = {(owner, name): vars(owner)[name] for owner, name, _swift, _known in swift3.SWIFT}
        for (owner, name), function in self.stock.items():
            self.addCleanup(setattr, owner, name, function)

    def facts(self):
        task = self.task()
        found = [task.vol.offset, task.vol.size, task.pid, task.files.vol.member_name, task.inner.vol.parent is task]
        for wrong in (lambda: task.nothing, lambda: task.vol.nothing, lambda: task.__nothing, lambda: task.vol["no"]):
            try:
                found.append(wrong())
            except (AttributeError, KeyError) as error:
                found.append((type(error), str(error)))
        found += ["offset" in task.vol, task._vol.maps[2]["size"], "parent" in task._vol.maps[2]]
        return found

    def test_all_of_it_fits_this_volatility(self):
        self.assertEqual(swift3.install(), [])

    def test_what_is_told_is_the_same(self):
        for (owner, name), function in self.stock.items():
            if "swift3" in function.__code__.co_filename:
                self.skipTest("it is in place already")
        before = self.facts()
        swift3.install()
        self.assertEqual(self.facts(), before)

    def test_another_method_stays(self):
        def changed(self, key):
            return key in self.others

        interfaces.objects.ObjectInformation.__contains__ = changed
        self.assertEqual(swift3.install(), ["ObjectInformation.__contains__"])
        self.assertIs(interfaces.objects.ObjectInformation.__contains__, changed)


class TemplateTest(unittest.TestCase):
    def test_a_reference_can_be_copied(self):
        import copy

        space = symbols.SymbolSpace()
        self.assertIsInstance(copy.deepcopy(types3.Later("t!x", space)), templates.ReferenceTemplate)


if __name__ == "__main__":
    unittest.main()
