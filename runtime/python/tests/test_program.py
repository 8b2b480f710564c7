"""Rows of programs: what is read and written, what is refused, and streams of them."""
import copy
import datetime
import io
import pickle
import struct
import sys
import unittest

import loader  # noqa: F401
from volrender import volrender_program as rows
from volrender.volrender_decode import LIMIT


class Node(rows.Row):
    __slots__ = ("node", "named", "text", "raw", "numbers", "fixed", "time", "times", "mode", "must", "group", "zero")
    _shape = rows.Shape("p.Node", lambda: [
        rows.nested(1, "node", Node),
        rows.map_(2, "named", rows.string(1, "key", utf8=True), rows.nested(2, "value", Node)),
        rows.string(3, "text", utf8=True),
        rows.string(4, "raw", default=u"none"),
        rows.repeated(rows.sint32(5, "numbers"), packed=True),
        rows.repeated(rows.fixed32(6, "fixed")),
        rows.timestamp(7, "time"),
        rows.repeated(rows.timestamp(8, "times")),
        rows.enum(9, "mode", Mode, default=2),
        rows.nested(10, "group", Node, delimited=True),
        rows.nested(11, "must", Must),
        rows.uint32(12, "zero", implicit=True),
        rows.uint32(13, "number", oneof="choice"),
        rows.nested(14, "row", Node, oneof="choice"),
        rows.map_(15, "flags", rows.bool_(1, "key"), rows.uint64(2, "value"), attr="flags"),
        rows.double(16, "share"),
        rows.repeated(rows.double(17, "shares")),
        rows.repeated(rows.nested(18, "nodes", Node)),
        rows.map_(19, "modes", rows.string(1, "key", utf8=True), rows.enum(2, "value", Mode)),
    ])
    __slots__ += ("flags", "share", "shares", "nodes", "modes")

    def which_choice(self):
        return self._which("choice")


rows.members(Node, "choice", "number", "row")

Mode = rows.Enum([("MODE_TWO", 2), ("MODE_ONE", 1), ("MODE_ZWEI", 2), ("items", 3)])


class Must(rows.Row):
    __slots__ = ("id",)
    _shape = rows.Shape("p.Must", lambda: [rows.uint32(1, "id", required=True)])


def length(number, data):
    out, n = bytearray([number << 3 | 2]), len(data)
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes(bytearray([n])) + data


class Reading(unittest.TestCase):
    def test_shapes(self):
        for data, want in (
            (b"\x0a\x00", Node(node=Node())),
            (b"\x1a\x01a\x1a\x01b", Node(text=u"b")),
            (b"\x22\x01\xff", Node(raw=b"\xff")),
            (b"\x22\x03\xed\xa0\x80", Node(raw=b"\xed\xa0\x80")),
            (b"\x2a\x02\x01\x02\x28\x03\x2a\x00", Node(numbers=[-1, 1, -2])),
            (b"\x32\x08\1\0\0\0\2\0\0\0\x35\3\0\0\0", Node(fixed=[1, 2, 3])),
            (b"\x3a\x02\x08\x05\x3a\x02\x10\x07", Node(time=rows.Timestamp(5, 7))),
            (b"\x3a\x00", Node(time=(0, 0))),
            (b"\x42\x00\x42\x02\x08\x05", Node(times=[(0, 0), (5, 0)])),
            (b"\x48\x63", Node(mode=99)),
            (b"\x53\x1a\x01a\x54\x53\x60\x05\x54", Node(group=Node(text=u"a", zero=5))),
            (b"\x0a\x02\x60\x01\x0a\x03\x1a\x01a", Node(node=Node(zero=1, text=u"a"))),
            (b"\x12\x00", Node(named={u"": Node()})),
            (b"\x12\x07\x0a\x01a\x12\x02\x60\x01\x12\x03\x0a\x01a", Node(named={u"a": Node()})),
            (b"\x7a\x02\x10\x07\x7a\x02\x08\x05", Node(flags={False: 7, True: 0})),
            (b"\x60\x00", Node()),
        ):
            self.assertEqual(want, Node.decode(data), data)

    def test_truncation_to_the_width_of_a_field(self):
        self.assertEqual(5, Node.decode(b"\x60\x85\x80\x80\x80\x70").zero)
        self.assertEqual(-1, Node.decode(b"\x48" + b"\xff" * 9 + b"\x01").mode)

    def test_oneof(self):
        row = Node.decode(b"\x68\x01\x72\x02\x60\x01\x72\x03\x1a\x01a")
        self.assertEqual((None, Node(zero=1, text=u"a"), "row"), (row.number, row.row, row.which_choice()))
        row = Node.decode(b"\x72\x02\x60\x01\x68\x00")
        self.assertEqual((0, None, "number"), (row.number, row.row, row.which_choice()))
        row.number = None
        self.assertEqual(None, row.which_choice())
        row.row = Node()
        row.number = None  # is unset already
        self.assertEqual("row", row.which_choice())

    def test_unknown_fields_are_counted(self):
        for data, want in (
            (b"\x98\x06\x01", 1), (b"\x9b\x06\x08\x01\x9b\x06\x9c\x06\x9c\x06", 1),
            (b"\x1d\0\0\0\0\x19" + b"\0" * 8 + b"\x18\x01", 3),  # wrong wire types
            (b"\x0b\x0c", 1), (b"\x52\x00", 1),  # a group where there is none, and the other way round
            (b"\x0a\x03\x98\x06\x01\x98\x06\x01\x0a\x03\x98\x06\x01", 3), (b"\x3a\x02\x18\x01", 1),
            (b"\x12\x05\x98\x06\x01\x18\x01", 2), (b"\x12\x05\x12\x03\x98\x06\x01", 1), (b"\x53\x98\x06\x01\x54", 1),
        ):
            self.assertEqual(want, Node.decode(data).unknown_fields, data)
        self.assertEqual(2, Node.decode(b"\x0a\x03\x98\x06\x01\x98\x06\x01\x0a\x03\x98\x06\x01").node.unknown_fields)

    def test_malformed(self):
        for data, field, offset, reason in (
            (b"\x60", "zero", 1, "ends"), (b"\x60\x80", "zero", 1, "ends"), (b"\x80", "", 0, "ends"),
            (b"\x60\x01\x1a\x05abc", "text", 3, "ends"), (b"\x35\0\0\0", "fixed", 1, "ends"), (b"\x99\x06\0", "99", 2, "ends"),
            (b"\x32\x03\0\0\0", "fixed", 2, "ends"), (b"\x2a\x01\x80", "numbers", 2, "ends"), (b"\x0a\x02\x60\x80\x01", "node.zero", 3, "ends"),
            (b"\x2a\x03\x01\x01\x80", "numbers", 4, "ends"), (b"\x32\x09\0\0\0\0\0\0\0\0\0", "fixed", 10, "ends"),
            (b"\x0a\x02\x1a\x01a", "node.text", 3, "ends"), (b"\x53", "group", 1, "ends"), (b"\x9b\x06", "99", 2, "ends"),
            (b"\x53\x53\x54", "group", 1, "ends"), (b"\x0a\x02\x53\x60\x01", "node.group.zero", 4, "ends"), (b"\x0a\x01\x80\x01", "node", 2, "ends"),
            (b"\x9b\x06\x9a\x06\xff\xff\xff\xff\xff\xff\xff\x7f", "99", 2, "ends"),
            (b"\x60" + b"\xff" * 9 + b"\x02", "zero", 1, "64 bits"), (b"\x60" + b"\xff" * 10 + b"\x01", "zero", 1, "64 bits"),
            (b"\x0a\x02\x60\xff" + b"\xff" * 9, "node.zero", 3, "ends"),
            (b"\x00\x01", "0", 1, "field number"), (b"\x07", "0", 1, "field number"), (b"\xff\xff\xff\xff\x7f", "4294967295", 5, "field number"),
            (b"\xe0\x80\x80\x80\x80\x00\x01", "zero", 6, "more than 5 bytes"),
            (b"\x66", "zero", 1, "wire type"), (b"\x67", "zero", 1, "wire type"), (b"\x9b\x06\x0e", "99", 2, "wire type"),
            (b"\x0c", "node", 1, "no start"), (b"\x0a\x01\x0c", "node.node", 3, "no start"), (b"\x53\x5c", "group.must", 2, "no start"),
            (b"\x9b\x06\x0c", "99", 2, "no start"), (b"\x1a\x01\xff", "text", 1, "UTF-8"), (b"\x1a\x03\xed\xa0\x80", "text", 1, "UTF-8"),
            (b"\x12\x03\x0a\x01\xff", "named", 3, "UTF-8"), (b"\x12\x05\x12\x03\x1a\x01\xff", "named.text", 5, "UTF-8"),
            (b"\x3a\x02\x08\x80", "time", 1, "Timestamp"), (b"\x0a\x04\x42\x02\x0f\0", "node.times", 3, "Timestamp"),
        ):
            with self.assertRaises(rows.DecodeError) as caught:
                Node.decode(data)
            error = caught.exception
            self.assertEqual(("p.Node", field, offset, True), (error.message, error.field, error.offset, reason in error.reason), (data, str(error)))
            self.assertEqual(str(error), str(pickle.loads(pickle.dumps(error))))

    def test_required(self):
        self.assertEqual(5, Must.decode(b"\x08\x05").id)
        self.assertEqual(5, Node.decode(b"\x5a\x00\x5a\x02\x08\x05").must.id)
        for cls, data, message, field in (
            (Must, b"", "p.Must", "id"), (Node, b"\x5a\x00", "p.Node", "must.id"), (Node, b"\x0a\x02\x5a\x00", "p.Node", "node.must.id"),
            (Node, b"\x12\x04\x12\x02\x5a\x00", "p.Node", "named.must.id"), (Node, b"\x53\x5a\x00\x54\x5a\x00", "p.Node", "group.must.id"),
        ):
            with self.assertRaises(rows.DecodeError) as caught:
                cls.decode(data)
            self.assertEqual((message, field, len(data)), (caught.exception.message, caught.exception.field, caught.exception.offset))
        # One that made way for another member need not be whole.
        self.assertEqual(1, Node.decode(b"\x72\x02\x5a\x00\x68\x01").number)

    def test_depth(self):
        wraps = (
            (lambda data: length(1, data), 1), (lambda data: b"\x53" + data + b"\x54", 1), (lambda data: b"\x9b\x06" + data + b"\x9c\x06", 1),
            (lambda data: length(2, length(2, data)), 2), (lambda data: b"\x53" + length(1, data) + b"\x54", 2),
        )
        for wrap, levels in wraps:
            data = b""
            for _ in range(LIMIT // levels):
                data = wrap(data)
            Node.decode(data)
            data = wrap(data)
            with self.assertRaises(rows.DecodeError) as caught:
                Node.decode(data)
            self.assertIn("more than 100 messages", caught.exception.reason)

    def test_reading_needs_no_stack(self):
        data = b"\x53" * LIMIT + b"\x54" * LIMIT
        deep = sys.getrecursionlimit() - 60

        def call(levels):
            return call(levels - 1) if levels else Node.decode(data)

        frame, used = sys._getframe(), 0
        while frame:
            frame, used = frame.f_back, used + 1
        call(deep - used)
        with self.assertRaises(rows.DecodeError):
            Node.decode(b"\x53" * 1000000)

    def test_what_bytes_may_be(self):
        for data in (b"\x60\x05", bytearray(b"\x60\x05"), memoryview(b"\x60\x05")):
            self.assertEqual(5, Node.decode(data).zero)
        for data in (u"\x60\x05", None, 5):
            self.assertRaises(TypeError, Node.decode, data)


class Writing(unittest.TestCase):
    def test_order_and_forms(self):
        row = Node(numbers=[1, -1], fixed=[7], node={"text": u"\xe9"}, group=Node(), time=(1, 2), named={u"b": {}, u"a": Node(zero=1)}, flags={True: 1, False: 0})
        want = (
            b"\x0a\x04\x1a\x02\xc3\xa9" b"\x12\x07\x0a\x01a\x12\x02\x60\x01\x12\x05\x0a\x01b\x12\x00" b"\x2a\x02\x02\x01" b"\x35\x07\0\0\0"
            b"\x3a\x04\x08\x01\x10\x02" b"\x53\x54" b"\x7a\x04\x08\x00\x10\x00\x7a\x04\x08\x01\x10\x01"
        )
        self.assertEqual(want, row.encode())
        self.assertEqual(want, Node.decode(want).encode())
        self.assertEqual(b"", Node(numbers=[], named={}, text=None, zero=0).encode())
        self.assertEqual(b"\x3a\x02\x08\x05", Node(time=datetime.datetime(1970, 1, 1, 0, 0, 5)).encode())

    def test_what_a_field_can_not_hold(self):
        for attributes, kind, words in (
            ({"zero": 1 << 32}, ValueError, "zero of p.Node: 4294967296 is not between 0 and 4294967295"),
            ({"zero": -1}, ValueError, "zero of p.Node"), ({"zero": 1.5}, TypeError, "zero of p.Node"), ({"zero": "1"}, TypeError, "zero"),
            ({"numbers": 5}, TypeError, "numbers"), ({"numbers": "ab"}, TypeError, "numbers"), ({"numbers": [None]}, TypeError, "numbers"),
            ({"node": Must()}, TypeError, "node of p.Node: p.Node is wanted, not Must"), ({"node": {"colour": 1}}, TypeError, "colour"),
            ({"text": 5}, TypeError, "text of p.Node: text is wanted, not int"), ({"time": (1, 2, 3)}, TypeError, "time of p.Node: a datetime"),
            ({"time": 5}, TypeError, "seconds and nanoseconds, is wanted, not int"), ({"mode": "MODE_THREE"}, ValueError, "mode of p.Node: 'MODE_THREE' is not a name of the enum"),
            ({"mode": None, "zero": []}, TypeError, "zero of p.Node: a number is wanted, not list"), ({"mode": []}, TypeError, "mode of p.Node: a number is wanted, not list"),
            ({"text": b"\xff"}, ValueError, "text of p.Node: the string is not UTF-8"), ({"text": b"\xed\xa0\x80"}, ValueError, "text of p.Node: the string"),
            ({"text": u"a\ud800"}, ValueError, "text of p.Node: the string"), ({"raw": u"\udfff"}, ValueError, "raw of p.Node: the string"),
            ({"named": {b"\xff": {}}}, ValueError, "named of p.Node: the string is not UTF-8"), ({"node": {5: 1}}, TypeError, "node of p.Node: Node has no field 5"),
            ({"share": "1.5"}, TypeError, "share of p.Node: a number is wanted, not str"), ({"share": b"1"}, TypeError, "share of p.Node"),
            ({"share": []}, TypeError, "share of p.Node: a number is wanted, not list"), ({"share": 10 ** 400}, ValueError, "share of p.Node"),
            ({"numbers": 5}, TypeError, "numbers of p.Node: a list is wanted, not int"), ({"node": {"node": {"zero": -1}}}, ValueError, "zero of p.Node: -1"),
            ({"named": {5: {}}}, TypeError, "named"), ({"named": []}, TypeError, "named of p.Node: a dict is wanted, not list"),
            ({"row": Node(), "number": 0, "must": None}, TypeError, "number and row of Node: one member of oneof choice can be set"),
        ):
            with self.assertRaises(kind) as caught:
                Node(**attributes).encode()
            self.assertIn(words, str(caught.exception))
        self.assertEqual("row", Node(number=None, row={}).which_choice())
        self.assertRaises(TypeError, Node, colour=1)
        self.assertRaises(AttributeError, setattr, Node(), "colour", 1)
        self.assertRaises(AttributeError, getattr, Node(), "colour")

    def test_depth(self):
        def nested(levels):
            row = Node(zero=1)
            for _ in range(levels):
                row = Node(node=row)
            return row

        self.assertEqual(nested(LIMIT), Node.decode(nested(LIMIT).encode()))
        self.assertRaises(ValueError, nested(LIMIT + 2).encode)
        # What was read can be written: an entry without a value has an empty one.
        data = length(2, b"")
        for _ in range(LIMIT - 1):
            data = length(1, data)
        Node.decode(data).encode()
        ring = Node()
        ring.node = ring
        self.assertRaises(ValueError, ring.encode)


class Rows(unittest.TestCase):
    row = Node(text=u"a\x1b", numbers=[1], named={u"k": Node()}, number=5)

    def test_unset(self):
        row = Node()
        self.assertEqual((None, [], {}, None, 0), (row.text, row.numbers, row.named, row.node, row.zero))
        self.assertEqual((u"none", 2, u"", 0, None), tuple(map(row.get, ("raw", "mode", "text", "zero", "node"))))
        row.numbers.append(5)
        self.assertEqual([5], row.numbers)
        self.assertEqual([], Node().numbers)

    def test_equality_and_copies(self):
        for made in (copy.deepcopy(self.row), copy.copy(self.row), pickle.loads(pickle.dumps(self.row, 2)), Node.decode(self.row.encode())):
            self.assertTrue(made == self.row and not made != self.row)
        self.assertFalse(Node(text=u"a") == Node() or Node() == 5 or Node(number=1) == Node())
        self.assertRaises(TypeError, hash, Node())

    def test_a_nan_is_equal_to_a_nan(self):
        nan = float("nan")
        for made in (Node(share=nan), Node(shares=[1.0, nan]), Node(nodes=[Node(share=nan)]), Node(named={u"a": Node(share=nan)}), Node(row=Node(share=nan))):
            again = Node.decode(made.encode())
            self.assertTrue(made == again and not made != again, made)
        for a, b in (
            (Node(share=nan), Node(share=1.0)), (Node(share=1.0), Node(share=nan)), (Node(share=nan), Node()), (Node(shares=[nan]), Node(shares=[nan, nan])),
            (Node(shares=[nan, 1.0]), Node(shares=[1.0, nan])), (Node(flags={True: 1}), Node(flags={False: 1})), (Node(shares=[]), Node(shares=(1,))),
        ):
            self.assertTrue(a != b and b != a and not a == b, (a, b))

    def test_what_a_constructor_takes(self):
        made = Node(node={"zero": 1, "mode": u"MODE_ONE"}, nodes=[{}, Node()], named={u"a": {"mode": "MODE_ZWEI"}}, modes={u"a": "items"}, mode="MODE_TWO", row={"row": {}})
        self.assertEqual(made, Node.decode(made.encode()))
        self.assertEqual((1, 2, u"none", 3), (made.node.mode, made.named[u"a"].mode, made.nodes[0].get("raw"), made.modes[u"a"]))
        nodes, flags = [Node()], {True: 1}
        made = Node(nodes=nodes, flags=flags)  # nothing to change
        self.assertTrue(made.nodes is nodes and made.flags is flags)
        later = Node()
        later.node, later.mode = {"mode": "MODE_ONE"}, "items"
        self.assertEqual(Node(node=Node(mode=1), mode=3), Node.decode(later.encode()))
        ring = {}
        ring["node"] = ring
        with self.assertRaises(ValueError) as caught:
            Node(**ring)
        self.assertIn("node of p.Node: more than 100 messages", str(caught.exception))

    def test_a_ring_is_shown(self):
        ring = Node(zero=1)
        ring.node = Node(node=ring)
        self.assertEqual("Node(node=Node(node=Node(...)), zero=1)", repr(ring))
        self.assertEqual("Node(nodes=[Node(), Node()])", repr(Node(nodes=[Node()] * 2)))

    def test_repr_is_one_line_for_any_text(self):
        want = "Node(named={%r: Node()}, text=%r, numbers=[1], number=5)" % (u"k", u"a\x1b")
        self.assertEqual((want, False), (repr(self.row), "\x1b" in want))

    def test_the_guests_own_bytes(self):
        for text, want in ((u"a\\xff\xe9", b"a\xff\xc3\xa9"), (u"\\x5cx41", b"\\x41"), (b"\\xff", b"\xff"), (u"", b"")):
            self.assertEqual(want, rows.unescape(text))

    def test_enums(self):
        self.assertEqual((2, 1, 3), (Mode.MODE_TWO, Mode["MODE_ONE"], Mode["items"]))
        self.assertEqual(("MODE_TWO", "MODE_ONE", None), tuple(map(Mode.name_of, (2, 1, 99))))
        self.assertRaises(AttributeError, getattr, Mode, "MODE_THREE")


class Slowly(object):
    """Gives a byte at a time, as a pipe may."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    def read(self, n):
        return self.file.read(min(n, 1))


class Partly(object):
    """Takes three bytes at a time, as a raw file may."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += bytes(data[:3])
        return len(data[:3])


class Frames(unittest.TestCase):
    def test_there_and_back(self):
        given = [Node(zero=n % 3) for n in range(50000)] + [b"\x60\x05", b""]
        file = io.BytesIO()
        rows.write_frames(file, given)
        rows.write_frame(file, given[1])
        file.seek(0)
        back = [Node.decode(frame) for frame in rows.frames(file)]
        self.assertEqual(given[:-2] + [Node(zero=5), Node(), Node(zero=1)], back)

    def test_short_reads_and_writes(self):
        file = Partly()
        rows.write_frames(file, [b"abcde", b"fg"])
        rows.write_frame(file, b"")
        self.assertEqual([b"abcde", b"fg", b""], list(rows.frames(Slowly(file.data))))

    def test_broken_streams(self):
        good = struct.pack("<I", 2) + b"ab"
        for rest, offset, words in (
            (b"\x01", 7, "after 1 of 4 bytes of the length"), (b"\x05\0\0\0", 10, "after 0 of 5 bytes of the message"),
            (b"\x05\0\0\0abc", 13, "after 3 of 5 bytes of the message"), (b"\xff\xff\xff\xff", 6, "claims 4294967295 bytes and the limit is 67108864"),
        ):
            got, stream = [], rows.frames(io.BytesIO(good + rest))
            with self.assertRaises(rows.FrameError) as caught:
                for frame in stream:
                    got.append(frame)
            error = caught.exception
            self.assertEqual(([b"ab"], 2, 6, offset), (got, error.frame, error.start, error.offset))
            self.assertIn(words, str(error))
            self.assertEqual(str(error), str(pickle.loads(pickle.dumps(error))))
        self.assertRaises(rows.FrameError, list, rows.frames(io.BytesIO(good), limit=1))

    def test_text_is_no_stream(self):
        self.assertRaises(TypeError, list, rows.frames(io.StringIO(u"\x05\0\0\0")))

    def test_what_is_no_file_and_no_row(self):
        for call, words in (
            (lambda: rows.frames("/dev/null"), "a file that was opened for bytes is wanted, not str"),
            (lambda: rows.write_frame("/dev/null", b""), "a file that was opened for bytes is wanted, not str"),
            (lambda: rows.write_frames(5, []), "a file that was opened for bytes is wanted, not int"),
            (lambda: rows.write_frame(io.BytesIO(), 5), "a row, or the bytes of one, is wanted, not int"),
            (lambda: rows.write_frames(io.BytesIO(), [u"text"]), "a row, or the bytes of one, is wanted, not "),
            (lambda: Node.decode(5), "bytes are wanted, not int"),
        ):
            with self.assertRaises(TypeError) as caught:
                call()
            self.assertIn(words, str(caught.exception))

    def test_what_was_made_before_a_failure_is_written(self):
        file = io.BytesIO()
        self.assertRaises(ValueError, rows.write_frames, file, [Node(zero=1), Node(zero=-1)])
        self.assertEqual(b"\x02\0\0\0\x60\x01", file.getvalue())


if __name__ == "__main__":
    unittest.main()
