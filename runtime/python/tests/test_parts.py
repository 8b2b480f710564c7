"""What lists, dicts and objects become in fields of several values and messages."""
import collections
import unittest

import loader  # noqa: F401
from volrender import volrender_compound as compound
from volrender import volrender_decode as decoding
from volrender import volrender_fields as fields
from volrender import volrender_parts as parts
from volrender import volrender_rows as rows
from volrender import volrender_values as values
from volrender.volrender_shape import Shape

thread = Shape("p.Thread", lambda: [
    fields.string(2, "name"),
    fields.uint32(1, "tid"),
    compound.nested(3, "parent", thread),
    compound.repeated(compound.nested(4, "children", thread)),
    compound.map_(5, "named", fields.string(1, "key"), compound.nested(2, "value", thread)),
    fields.uint64(6, "address", canonical=True),
    fields.uint32(7, "number", oneof="choice"),
    fields.string(8, "text", oneof="choice"),
])


def write(field, value, report=None):
    """The field's bytes."""
    return field.encode(field.value(value, report or rows.Report()))


def lost(field, value):
    report = rows.Report()
    return write(field, value, report), report.lost


def once(*items):
    return (item for item in items)


class Failing(object):
    def __iter__(self):
        yield 1
        raise KeyError("gone")


class Object(object):
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Repeated(unittest.TestCase):
    def test_collections_and_single_values(self):
        field = compound.repeated(fields.uint32(1, "f"))
        for value, want in (
            ([1, 2], b"\x08\x01\x08\x02"), ((1,), b"\x08\x01"), (frozenset([3]), b"\x08\x03"), (once(4, 5), b"\x08\x04\x08\x05"),
            (collections.deque([6]), b"\x08\x06"), (7, b"\x08\x07"), ("0x8", b"\x08\x08"), ([], b""), (None, b""),
            ("-", b""), (values.UNREADABLE, b""), (values.MISSING, b""), ([0], b"\x08\x00"),
        ):
            if value == "-":  # it is one value, which is lost: a list of it
                self.assertEqual((b"", {("f", "a part without a value"): 1}), lost(field, value))
            else:
                self.assertEqual((want, {}), lost(field, value), value)
        self.assertEqual(b"\x0a\x02ab", write(compound.repeated(fields.string(1, "f")), "ab"))

    def test_packed(self):
        field = compound.repeated(fields.int32(1, "f"), packed=True)
        self.assertEqual(b"\x0a\x0c\x01" + b"\xff" * 9 + b"\x01\x02", write(field, [1, -1, 2]))
        self.assertEqual(b"", write(field, []))

    def test_items_that_can_not_be_written(self):
        field = compound.repeated(fields.int32(1, "f"))
        got, report = lost(field, [1, None, "junk", 1 << 40, {}, values.UNREADABLE, 2])
        self.assertEqual(b"\x08\x01\x08\x02", got)
        self.assertEqual({("f", "a part without a value"): 2, ("f", "not a number"): 1, ("f", "out of range"): 1, ("f", "type dict"): 1}, report)

    def test_iterators_that_fail(self):
        self.assertEqual((b"\x08\x01", {("f", "KeyError"): 1}), lost(compound.repeated(fields.int32(1, "f")), Failing()))
        self.assertEqual((b"", {("f", "KeyError"): 1}), lost(compound.repeated(fields.int32(1, "f")), values.Failed(KeyError())))

    def test_what_has_no_end(self):
        def forever():
            while True:
                yield 1

        got, report = lost(compound.repeated(fields.int32(1, "f")), forever())
        self.assertEqual((parts.PARTS * 2, {("f", "more than %d parts" % parts.PARTS): 1}), (len(got), report))


class Maps(unittest.TestCase):
    field = compound.map_(1, "f", fields.string(1, "key"), fields.int32(2, "value"))

    def test_dicts_and_pairs(self):
        for value in ({"b": 2, "a": 1}, [("b", 7), ("a", 1), ["b", 2]], once(("a", "1"), ("b", 2))):
            self.assertEqual((b"\x0a\x05\x0a\x01a\x10\x01\x0a\x05\x0a\x01b\x10\x02", {}), lost(self.field, value))
        self.assertEqual(b"", write(self.field, {}))
        self.assertEqual(b"\x0a\x04\x0a\x00\x10\x00", write(self.field, {"": 0}))

    def test_entries_that_can_not_be_written(self):
        got, report = lost(self.field, [("a", 1), ("b", None), (None, 2), ("c", "junk"), 5, ("d",), "ef"])
        self.assertEqual(b"\x0a\x05\x0a\x01a\x10\x01", got)
        self.assertEqual({
            ("f.value", "a part without a value"): 1, ("f.key", "a part without a value"): 1,
            ("f.value", "not a number"): 1, ("f", "not a pair of key and value"): 3,
        }, report)


class Messages(unittest.TestCase):
    field = compound.nested(9, "f", thread)
    want = b"\x4a\x09\x08\x05\x12\x01n\x1a\x02\x08\x06"

    def test_dicts_sequences_and_objects(self):
        named = collections.namedtuple("named", "tid name parent children named address number text")
        for value in (
            {"tid": 5, "name": "n", "parent": {"tid": 6}},
            ("n", 5, (None, 6)),  # in the order of the .proto
            ["n", 5, {"tid": 6}],
            named(5, "n", {"tid": 6}, None, None, None, None, None),
            Object(name="n", tid=5, parent=Object(name=None, tid=6, parent=None, children=(), named={}, address=None, number=None, text=None),
                   children=[], named=None, address=None, number=None, text=None),
        ):
            self.assertEqual((self.want, {}), lost(self.field, value))
        self.assertEqual(b"\x4a\x00", write(self.field, {}))
        self.assertEqual(b"", write(self.field, None))

    def test_delimited(self):
        field = compound.nested(9, "f", thread, delimited=True)
        self.assertEqual(b"\x4b\x08\x05\x4c", write(field, {"tid": 5}))
        self.assertEqual(b"\x4b\x4c\x4b\x4c", write(compound.repeated(field), [{}, {}]))

    def test_parts_that_can_not_be_written(self):
        for value, want in (
            ({"tid": 1, "colour": 2}, {("f", "a key that is no field of p.Thread"): 1}),
            ({"tid": 1, "name": []}, {("f.name", "type list"): 1}),
            ({"tid": 1, "parent": {"parent": {"name": []}}}, {("f.name", "type list"): 1}),
            ((None, 1) + (None,) * 8, {("f", "10 values for 8 fields"): 1}),
            (Object(tid=1), {("f.%s" % name, "AttributeError"): 1 for name in ("name", "parent", "children", "named", "address", "number", "text")}),
        ):
            got, report = lost(self.field, value)
            self.assertEqual(b"\x4a", got[:1])
            self.assertIn(b"\x08\x01", got)
            self.assertEqual(want, report)
        for value, name in ((5, "int"), ("text", "str"), (object(), "object")):
            self.assertEqual((b"", {("f", "type %s in a message" % name): 1}), lost(self.field, value))

    def test_fields_keep_their_rules(self):
        self.assertEqual(b"\x4a\x0b\x30\x80\x80\xe0\x80\x80\x91\xa2\xff\xff\x01"[:3], write(self.field, {"address": 0x888000158000})[:3])
        self.assertEqual(write(self.field, {"address": 0xFFFF888000158000}), write(self.field, {"address": 0x888000158000}))
        self.assertEqual(b"\x4a\x06\x12\x04\\xff", write(self.field, {"name": b"\xff"}))

    def test_oneof(self):
        want = b"\x4a\x03\x42\x01x", {("f.number", "another member of oneof choice is set"): 1}
        self.assertEqual(want, lost(self.field, {"text": "x", "number": 1}))

    def test_required(self):
        shape = Shape("p.Must", lambda: [fields.uint32(1, "id", required=True)])
        self.assertEqual((b"", {("f.id", "required, but there is none"): 1}), lost(compound.nested(1, "f", shape), {}))
        several = compound.repeated(compound.nested(1, "f", shape))
        self.assertEqual((b"\x0a\x02\x08\x05", {("f.id", "required, but there is none"): 1}), lost(several, [{}, {"id": 5}]))

    def test_depth(self):
        for levels, want in ((decoding.LIMIT, {}), (decoding.LIMIT + 1, {("f.parent", "more than 100 messages in one another"): 1})):
            value = {"tid": 1}
            for _ in range(levels - 1):
                value = {"parent": value}
            self.assertEqual(want, lost(self.field, value)[1])

    def test_rings_end(self):
        ring = {"tid": 1}
        ring["parent"] = ring
        self.assertEqual({("f.parent", "more than 100 messages in one another"): 1}, lost(self.field, ring)[1])
        ring["children"] = [ring, ring]
        got, report = lost(self.field, ring)
        self.assertIn(("f.children", "more than %d parts" % parts.PARTS), report)


class Tables(unittest.TestCase):
    """Whole rows."""

    made = [compound.repeated(fields.uint32(1, "n")), compound.nested(2, "f", thread), fields.uint32(3, "last")]

    def message(self):
        return rows.Message("p.Row", "", self.made, None)

    def test_fast_and_slow_agree(self):
        message, report = self.message(), rows.Report()
        fast = message.encode(report)
        for row in (([1, 2], {"tid": 1}, 3), ((), None, 0), ([None], {"colour": 1}, "junk"), ("\\x41", {"name": "\\x41"}, 1)):
            slow = rows.Report()
            report.lost.clear()
            self.assertEqual(message.slow(row, slow), fast(row))
            self.assertEqual(slow.lost, report.lost)

    def test_what_can_be_read_once_is_read_once(self):
        fast = self.message().encode(rows.Report())
        want = self.message().slow(([1, 2], {"children": [{"tid": 1}]}, None), rows.Report())
        self.assertEqual(want, fast((once(1, 2), {"children": once({"tid": 1})}, None)))
        self.assertEqual(want, fast((once(1, 2), {"children": once({"tid": 1})}, "junk")))

    def test_plain_rows_take_the_fast_way(self):
        message = self.message()
        message.slow = None  # would raise
        message.encode(rows.Report())(([1], {"tid": 1, "children": [{}]}, 5))

    def test_oneof_of_the_row(self):
        made = [fields.uint32(1, "a", oneof="o"), fields.uint32(2, "b", oneof="o"), fields.uint32(3, "c", oneof="p")]
        report = rows.Report()
        self.assertEqual(b"\x10\x02\x18\x03", rows.Message("p.Row", "", made, None).encode(report)((1, 2, 3)))
        self.assertEqual({("a", "another member of oneof o is set"): 1}, report.lost)
        self.assertEqual(b"\x08\x01", rows.Message("p.Row", "", made, None).encode(report)((1, None, None)))

    def test_absence(self):
        companion = fields.absence(2, "why", of="f")
        for subject, value, want in (
            (self.made[0], [], b""), (self.made[0], None, b"\x10\x01"), (self.made[1], {}, b""),
            (self.made[1], values.UNREADABLE, b"\x10\x02"), (self.made[1], values.MISSING, b"\x10\x05"),
            (self.made[1], values.Failed(KeyError()), b"\x10\x01"),
        ):
            companion.subject = subject
            self.assertEqual(want, companion.encode(companion.value(value, rows.Report())))


if __name__ == "__main__":
    unittest.main()
