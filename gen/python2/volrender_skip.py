"""Stepping over what the protobuf wire format has: numbers, tags, and values.

Works under Python 2.7 and 3.
"""
from .volrender_wire import FIXED32, FIXED64, LENGTH, MASK32, VARINT

START_GROUP, END_GROUP = 3, 4

# How many messages and groups may lie in one another below a row, those of unknown
# fields too: the limit of protobuf's own implementations. A map's entry is one.
LIMIT = 100

TRUNCATED = "the message ends inside a value"
OVERFLOW = "a varint has more than 64 bits"
TAG = "the field number is not between 1 and 536870911"
LONG_TAG = "the tag has more than 5 bytes"
WIRE_TYPE = "the wire type is 6 or 7, which mean nothing"
GROUP = "a group's end has no start"
NESTING = "more than %d messages or groups lie in one another" % LIMIT
UTF8 = "the string is not UTF-8"
TIMESTAMP = "the Timestamp is malformed"
REQUIRED = "the field is required and not there"


class Malformed(Exception):
    """Raised with a reason by what reads values; decode knows where it was."""


_SHIFTS = range(0, 63, 7)


def varint(buf, pos):
    """The number at pos, and the place behind it. IndexError where buf ends."""
    n = 0
    for shift in _SHIFTS:
        b = buf[pos]
        pos += 1
        if b < 0x80:
            return n | b << shift, pos
        n |= (b & 0x7F) << shift
    b = buf[pos]
    if b > 1:
        raise Malformed(OVERFLOW)
    return n | b << 63, pos + 1


def varints(data):
    """All numbers of a packed field."""
    buf, pos, out = indexable(data), 0, []
    try:
        while pos < len(buf):
            b = buf[pos]
            pos += 1
            if b >= 0x80:
                b, pos = varint(buf, pos - 1)
            out.append(b)
    except IndexError:
        raise Malformed(TRUNCATED)
    return out


if bytes is str:  # Python 2
    indexable = bytearray
else:

    def indexable(data):
        """What gives numbers by index."""
        return data


def tag_at(buf, pos):
    tag, stop = varint(buf, pos)
    if not 8 <= tag <= MASK32:
        raise Malformed(TAG)
    if stop - pos > 5:
        raise Malformed(LONG_TAG)
    return tag, stop


def extent(buf, pos, wire_type):
    """Where a value begins and ends; a group ends somewhere behind its tag."""
    if wire_type == LENGTH:
        size, pos = varint(buf, pos)
        return pos, pos + size
    if wire_type == FIXED64:
        return pos, pos + 8
    if wire_type == FIXED32:
        return pos, pos + 4
    if wire_type == START_GROUP:
        return pos, pos
    raise Malformed(WIRE_TYPE)


def skip_group(buf, pos, end, start, depth):
    """The place behind a group of an unknown field, which lies so deep."""
    ends = [start + 1]
    while ends:
        if depth + len(ends) > LIMIT:
            raise Malformed(NESTING)
        tag, pos = tag_at(buf, pos)
        wire_type = tag & 7
        if wire_type == VARINT:
            pos = varint(buf, pos)[1]
        elif wire_type == END_GROUP:
            if tag != ends.pop():
                raise Malformed(GROUP)
        else:
            if wire_type == START_GROUP:
                ends.append(tag + 1)
            pos = extent(buf, pos, wire_type)[1]
        if pos > end:
            raise Malformed(TRUNCATED)
    return pos


def behind(buf, pos, tag, depth):
    """The place behind the value at pos, in bytes that end with its message; so many
    messages lie around it."""
    wire_type = tag & 7
    if wire_type == VARINT:
        return varint(buf, pos)[1]
    if wire_type == START_GROUP:
        return skip_group(buf, pos, len(buf), tag, depth)
    if wire_type == END_GROUP:
        raise Malformed(GROUP)
    stop = extent(buf, pos, wire_type)[1]
    if stop > len(buf):
        raise Malformed(TRUNCATED)
    return stop
