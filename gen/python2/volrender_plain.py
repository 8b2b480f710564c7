"""How plain values are written: a statement for each kind of field, of which
volrender_fast makes the functions that write rows.

A kind is a function from a field to a statement, the names of further parts, and tools.
In the statement {v} is the value, {p} the field's bytes, of which those in {p} and a
further part's name follow, and {0} {1} are the tools. It raises for all but plain
values: the rules for any value are those of the field itself.

Works under Python 2.7 and 3.
"""
import datetime
import operator
import struct

from . import volrender_fields as fields
from . import volrender_values as values
from . import volrender_wire as wire
from .volrender_wire import Memory


# Numbers. Most are small: their two varint bytes stand in a list, with more to follow
# or as the end. Rules for the rest tell numbers that are out of range.

_NARROW = """\
n = %(number)s
if 0 <= n < 0x4000:
    {p} = %(lead)s
    {p}b = {1}[n]
elif 0 <= n < 0x10000000:
    {p} = {0} + {2}[n & 0x3fff]
    {p}b = {1}[n >> 14]
else:
    {p} = {3}[n]
    {p}b = b''"""

# A number that may be large, in parts of 14 bits and the rest: addresses are of few
# regions, and times of few years. No part needs a mask.
_WIDE = """\
n = %(number)s
h = n >> 28
if h:
    n &= 0xfffffff
    {p} = {0}
    {p}b = {2}[n & 0x3fff]
    {p}c = {2}[n >> 14]
    {p}d = {3}[h]
elif n < 0x4000:
    {p} = %(lead)s
    {p}b = {1}[n]
    {p}c = {p}d = b''
else:
    {p} = {0}
    {p}b = {2}[n & 0x3fff]
    {p}c = {1}[n >> 14]
    {p}d = b''"""

# Arithmetic on Volatility 2's objects reads memory, so theirs is done once.
_TAKEN = "{v} if {v}.__class__ is int else {4}({v})" if bytes is str else "{v}"
_ended_or_nothing = [b""] + wire.ended[1:]


def _number(text, more, number, put):
    """put makes what is looked up where {3} stands."""

    def kind(field):
        lead = "({0} if n else b'')" if field.implicit else "{0}"
        ended = _ended_or_nothing if field.implicit else wire.ended
        tools = [field.lead, ended, wire.continued, Memory(lambda n: put(field, n)), operator.index]
        return text % {"number": number, "lead": lead}, more, tools

    return kind


def _narrow(number, written):
    """written gives the number to write for one that is not small."""

    def put(field, n):
        if n.__class__ not in wire.integer_types:
            raise TypeError("not an integer")
        n = written(n)
        return field.lead + wire.varint(n) if n or not field.implicit else b""

    return _number(_NARROW, "b", number, put)


def _uint32(n):
    return n & wire.MASK32


def _int32(n):
    if not -(1 << 31) <= n < 1 << 31:
        raise ValueError("out of range")
    return n & wire.MASK64


def _sint32(n):
    if n >> 32:
        raise ValueError("out of range")
    return n


def _wide(number, end):
    """end gives the bits above the lowest 28 as they are written."""

    def put(field, bits):
        bits = end(field, bits)
        if not bits:
            raise ValueError("another number than it seems")
        return wire.varint(bits)

    return _number(_WIDE, "bcd", number, put)


def _unsigned(field, bits):
    if not -(1 << 35) <= bits < 1 << 36:
        raise ValueError("out of range")
    if field.canonical:
        bits = fields.sign_extend(bits << 28) >> 28
    return bits & 0xFFFFFFFFF


def _signed(_field, bits):
    if not -(1 << 35) <= bits < 1 << 35:
        raise ValueError("out of range")
    return bits & 0xFFFFFFFFF


def _zigzag(_field, bits):
    if bits >> 36:
        raise ValueError("out of range")
    return bits


# What Python 2 packs may not be any object with an __int__.
_FIXED = "n = {2}(%s)" if bytes is str else "n = %s"
_FIXED += "\n{p} = {0}\n{p}b = {1}(n)"
_NO_ZERO = "\nif not n:\n    {p} = {p}b = b''"


def _fixed(pack, number):
    def kind(field):
        text = _FIXED % number + (_NO_ZERO if field.implicit else "")
        return text, "b", [field.lead, pack, operator.index]

    return kind


def _fixed64(field):
    if not field.canonical:
        return _fixed(wire.fixed64, "{v} | 0")(field)
    text, more, tools = _fixed(struct.Struct("<q").pack, _EXTENDED)(field)
    return "if {v} >> 64:\n    raise ValueError\n" + text, more, tools


_EXTENDED = "(({v} & 0xffffffffffff) ^ 0x800000000000) - 0x800000000000"


def _float(pack):
    def kind(field):
        text = "if {v}.__class__ is not float:\n    raise TypeError\n{p} = {0}\n{p}b = {1}({v})"
        if field.implicit:
            text += "\nif {p}b == {2}:\n    {p} = {p}b = b''"
        return text, "b", [field.lead, pack, pack(0.0)]

    return kind


# Others ----------------------------------------------------------------------


def _bytes(field):
    def head(size):
        if size > values.LIMIT:
            raise ValueError("too long")
        return b"" if field.implicit and not size else field.lead + wire.varint(size)

    text = "if {v}.__class__ is not bytes:\n    raise TypeError\n{p} = {0}[len({v})]\n{p}b = {v}"
    return text, "b", [Memory(head)]


def _by_class(put, *classes):
    """Equal values of two classes may mean something else."""
    return "{p} = {0}[{v}.__class__][{v}]", "", [dict((cls, Memory(put)) for cls in classes)]


def _string(field):
    def put(text):
        if len(text) > values.LIMIT // 4:  # it may become longer
            raise ValueError("perhaps too long")
        data = wire.utf8(text)
        return b"" if field.implicit and not data else field.lead + wire.varint(len(data)) + data

    return _by_class(put, bytes, wire.text_type)


def _timestamp(field):
    def put(moment):
        if moment.__class__ is datetime.datetime and moment.tzinfo not in _STEADY:
            raise TypeError("equal times of it may have two offsets")
        return field.encode(values.time(moment))

    return _by_class(put, datetime.datetime, bytes, wire.text_type)


# Zones whose times are equal only if they are one moment.
_STEADY = (None,) if bytes is str else (None, datetime.timezone.utc)


def _bool(field):
    return _by_class(field.encode, bool)


def _enum(field):
    def put(value):
        value = field.convert(value)
        if isinstance(value, values.Absent):
            raise TypeError("absent")
        return field.encode(value)

    return _by_class(put, str, wire.text_type, *wire.integer_types)


_KINDS = {
    fields.uint32: _narrow(_TAKEN, _uint32),
    fields.int32: _narrow(_TAKEN, _int32),
    fields.sint32: _narrow("{v} << 1 ^ {v} >> 31", _sint32),
    fields.uint64: _wide(_TAKEN, _unsigned),
    fields.int64: _wide(_TAKEN, _signed),
    fields.sint64: _wide("{v} << 1 ^ {v} >> 63", _zigzag),
    fields.fixed32: _fixed(wire.fixed32, "{v} & 0xffffffff"),
    fields.sfixed32: _fixed(struct.Struct("<i").pack, "{v} | 0"),
    fields.fixed64: _fixed64,
    fields.sfixed64: _fixed(struct.Struct("<q").pack, "{v} | 0"),
    fields.float_: _float(wire.float32),
    fields.double: _float(wire.float64),
    fields.bool_: _bool,
    fields.bytes_: _bytes,
    fields.string: _string,
    fields.enum: _enum,
    fields.timestamp: _timestamp,
}


def plain(field):
    """The field's statement, the names of its further parts, and its tools; None for
    kinds that have none."""
    kind = _KINDS.get(type(field))
    if kind is None or field.canonical and type(field) not in (fields.uint64, fields.fixed64):
        return None
    return kind(field)
