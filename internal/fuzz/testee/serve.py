"""What the testees in Python have in common: questions on standard input, answers
on standard output, and how values are printed. Python 2.7 and 3.

A question is its length, the number of a message type, and the message; an answer
is its length, 1 or 0 for taken or refused, the number of unknown fields, the
length of the values' text, the text (package oracle says how), and what the values
are encoded to. Numbers have 32 bits, little-endian.
"""

import binascii
import math
import struct
import sys


def serve(answer):
    """Calls answer(type, message) for each question; it returns None for a message
    that is refused, or (unknown fields, text, encoded)."""
    questions = getattr(sys.stdin, "buffer", sys.stdin)
    answers = getattr(sys.stdout, "buffer", sys.stdout)
    while True:
        head = questions.read(8)
        if not head:
            return
        size, kind = struct.unpack("<II", head)
        answers.write(packed(answer(kind, questions.read(size))))
        answers.flush()


def packed(answer):
    if answer is None:
        unknown, text, encoded, taken = 0, b"", b"", 0
    else:
        unknown, text, encoded = answer
        text, taken = text.encode("ascii"), 1
    body = struct.pack("<BII", taken, unknown, len(text)) + text + encoded
    return struct.pack("<I", len(body)) + body


def quoted(value):
    """Text or bytes."""
    if not isinstance(value, bytes):
        value = value.encode("utf-8", "surrogateescape") if str is not bytes else value.encode("utf-8")
    return '"%s"' % binascii.hexlify(value).decode("ascii")


def number(value):
    """A number or a bool."""
    if isinstance(value, float):
        if math.isnan(value):
            return "nan"
        return "%016x" % struct.unpack("<Q", struct.pack("<d", value))
    return "%d" % value


def mapping(entries):
    """A map, of pairs of texts."""
    return "<" + " ".join(sorted("%s:%s" % entry for entry in entries)) + ">"


def sequence(items):
    return "[" + ",".join(items) + "]"


def message(fields):
    """A message, of {number: text}."""
    return "{" + " ".join("%d=%s" % field for field in sorted(fields.items())) + "}"
