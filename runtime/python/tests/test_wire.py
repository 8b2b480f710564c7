import random
import sys
import unittest

import loader  # noqa: F401
from volrender import volrender_wire as wire

PIECES = [
    b"\\", b"x", b"4", b"f", b"F", b"\\x41", b"\\x5c", b"\xff", b"\xc3", b"\xc3\xa9", b"\xed\xa0\x80", b"\xc0\x80",
    b"\xe2\x82\xac", b"\xe2\x82", b"\xf0\x9f\x98\x80", b"\xf5\x80\x80\x80", b"\n", b"\0", b"\x1b[0m", b"=cmd", b'"', b"[]", b" ",
]


def hostile(rnd):
    if rnd.random() < 0.5:
        return b"".join(rnd.choice(PIECES) for _ in range(rnd.randrange(10)))
    return b"".join(wire.byte(rnd.randrange(256)) for _ in range(rnd.randrange(20)))


class Escapes(unittest.TestCase):
    def test_any_bytes_come_back(self):
        rnd = random.Random(7)
        for _ in range(20000):
            data = hostile(rnd)
            escaped = wire.escape(data)
            self.assertEqual(data, wire.unescape(escaped))
            escaped.decode("utf-8")

    def test_what_is_valid_stays(self):
        for data in (b"", b"kthreadd[0]", b"a\\b", b"\\x4", b"\\xFF", b"\xc3\xa9\n\x1b", b"\xf0\x9f\x98\x80"):
            self.assertEqual(data, wire.escape(data))

    def test_what_is_not_is_escaped(self):
        for data, want in (
            (b"\xff", b"\\xff"),
            (b"a\xc3", b"a\\xc3"),
            (b"\\x41", b"\\x5cx41"),
            (b"\\\\x41", b"\\\\x5cx41"),
            (b"\xed\xa0\x80", b"\\xed\\xa0\\x80"),
            (b"\xc0\x80", b"\\xc0\\x80"),
        ):
            self.assertEqual(want, wire.escape(data))

    @unittest.skipIf(sys.version_info[0] == 2, "Python 2 has no surrogate escapes")
    def test_surrogates(self):
        for text, want in (
            ("a\udcffb", b"a\\xffb"),
            ("\udce2\udc82\udcac", b"\xe2\x82\xac"),
            ("\ud800", b"\\xed\\xa0\\x80"),
            ("\ud800\udcff\xe9", b"\\xed\\xa0\\x80\\xff\xc3\xa9"),
        ):
            self.assertEqual(want, wire.escape(wire.text_bytes(text)))


class Numbers(unittest.TestCase):
    SOME = [0, 1, 127, 128, 16383, 16384, (1 << 21) - 1, (1 << 28) - 1, 1 << 28, 1 << 35, 0xFFFF888000158000, (1 << 64) - 1]

    def test_varints(self):
        for n, want in ((0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), ((1 << 64) - 1, b"\xff" * 9 + b"\x01")):
            self.assertEqual(want, wire.varint(n))

    def test_zigzag(self):
        for n, want in ((0, 0), (-1, 1), (1, 2), (-(1 << 63), (1 << 64) - 1), ((1 << 63) - 1, (1 << 64) - 2)):
            self.assertEqual(want, wire.zigzag(n))


class Memories(unittest.TestCase):
    def test_remember(self):
        asked = []
        memory = wire.Memory(lambda n: asked.append(n) or wire.varint(n))
        self.assertEqual([b"\x05"] * 3, [memory[5] for _ in range(3)])
        self.assertEqual([5], asked)

    def test_stay_small(self):
        memory = wire.Memory(wire.varint)
        for n in range(100000):
            memory[n]
        self.assertLessEqual(len(memory), 1 << 15)
        memory = wire.Memory(lambda n: b"x" * n)
        for n in range(1000):
            memory[n]
        self.assertLessEqual(len(memory), 257)


if __name__ == "__main__":
    unittest.main()
