"""Reading the protobuf wire format: bytes that anybody may have made.

Nothing here recurses, and nothing is copied but the values themselves: a message in
a message is read in its place. So the time is bounded by the bytes, and the depth
by LIMIT.

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
WIRE_TYPE = "the wire type is 6 or 7, which mean nothing"
GROUP = "a group's end has no start"
NESTING = "messages or groups lie too deep in one another"
UTF8 = "the string is not UTF-8"
REQUIRED = "the field is required and not there"


class DecodeError(ValueError):
    """Bytes that are no message of the type that was asked for.

    message is the type's full name, or that of the message in it where it went
    wrong; field is a field's name, or its number where there is no such field, or
    "" where there is none yet; offset is the place in the bytes, from 0; reason
    says what is wrong there.
    """

    def __init__(self, message, field, offset, reason):
        self.field, self.offset, self.reason = field, offset, reason
        self.message = message
        place = "%s, field %s" % (message, field) if field else message
        ValueError.__init__(self, "%s, at byte %d: %s" % (place, offset, reason))

    def __reduce__(self):
        return DecodeError, (self.message, self.field, self.offset, self.reason)


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


def plain(data):
    """The bytes of any object that holds some; TypeError for others, and for text."""
    return data if data.__class__ is bytes else memoryview(data).tobytes()


def wanted(what, value):
    """What is raised for a value of a type that a field does not take."""
    return TypeError("%s wanted, not %s" % (what, type(value).__name__))


def decode(row, data):
    """Reads a message into a new row, whose class has the fields in _shape.

    Raises DecodeError; the row is then of no use.
    """
    data = plain(data)
    reader = _Reader(row, data)
    try:
        pos = 0
        while reader.row is not None:
            pos = reader.fields(pos)
    except Malformed as fault:
        reason = fault.args[0]
    except IndexError:
        reason = TRUNCATED
    else:
        _check_required(row, len(data))
        return
    raise reader.error(reason)


class _Reader(object):
    """One decoding: the bytes, and where in them it stands.

    row is the message that is being read, with field the field that it is in; it
    goes to end, or to the tag group. around has the same of the messages around it.
    """

    def __init__(self, row, data):
        self.data, self.buf = data, indexable(data)
        self.row, self.field, self.end, self.group = row, None, len(data), 0
        self.around, self.start, self.unknown, self.before = [], 0, 0, 0

    def fields(self, pos):
        """Reads fields up to the end of the message, or to one that is a message
        itself, and returns the place where to go on."""
        row, data, buf, end = self.row, self.data, self.buf, self.end
        takes, opens = row._shape.readers(row.__class__)
        while pos < end:
            self.start = pos
            tag = buf[pos]
            pos += 1
            if tag >= 0x80 or tag < 8:
                tag, pos = _tag(buf, pos - 1)
            wire_type = tag & 7
            if wire_type == VARINT:
                value = buf[pos]
                pos += 1
                if value >= 0x80:
                    value, pos = varint(buf, pos - 1)
                stop = pos
            elif wire_type == LENGTH:
                stop = buf[pos]
                pos += 1
                if stop >= 0x80:
                    stop, pos = varint(buf, pos - 1)
                stop += pos
                value = None
            elif wire_type == END_GROUP:
                return self.leave(tag, pos)
            else:
                pos, stop = _extent(buf, pos, wire_type)
                value = None
            if stop > end:
                raise Malformed(TRUNCATED)
            take = takes.get(tag)
            if take is not None:
                take(row, data[pos:stop] if value is None else value)
            elif tag in opens:
                return self.enter(opens[tag], pos, stop, tag)
            else:
                self.unknown += 1
                if wire_type == START_GROUP:
                    stop = _skip_group(buf, pos, end, tag, len(self.around))
            pos = stop
        if pos > end or self.group:
            raise Malformed(TRUNCATED)
        return self.leave(0, pos)

    def enter(self, field, pos, stop, tag):
        """Begins with a field's message, which goes from pos to stop."""
        if len(self.around) >= LIMIT:
            raise Malformed(NESTING)
        self.around.append((self.row, self.field, self.end, self.group, self.before))
        self.row, self.field, self.before = field.begin(self.row), field, self.unknown
        if tag & 7 == START_GROUP:
            self.group = tag + 1
        else:
            self.end, self.group = stop, 0
        return pos

    def leave(self, tag, pos):
        """Ends the message at its end, or at the end tag of a group."""
        if tag != self.group:
            raise Malformed(GROUP)
        child, field = self.row, self.field
        child.unknown_fields += self.unknown - self.before
        if field is None:
            self.row = None
        else:
            self.row, self.field, self.end, self.group, self.before = self.around.pop()
            field.close(self.row, child)
        return pos

    def error(self, reason):
        """The DecodeError at the field that was being read."""
        shape, name = self.row._shape, ""
        try:
            number = varint(self.buf, self.start)[0] >> 3
            name = shape.by_number[number].name if number in shape.by_number else str(number)
        except (IndexError, Malformed):
            pass
        return DecodeError(shape.full_name, name, self.start, reason)


def _tag(buf, pos):
    tag, stop = varint(buf, pos)
    if not 8 <= tag <= MASK32 or stop - pos > 5:
        raise Malformed(TAG)
    return tag, stop


def _extent(buf, pos, wire_type):
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


def _check_required(row, size):
    """Raises where a field that must be there is not, in any message."""
    rows = [row] if row._shape.reaches_required() else []
    while rows:
        row = rows.pop()
        for field in row._shape.fields:
            value = getattr(row, field.attr)
            if field.required and value is None:
                raise DecodeError(row._shape.full_name, field.name, size, REQUIRED)
            rows += field.rows_in(value)


def _skip_group(buf, pos, end, start, depth):
    """The place behind a group of an unknown field, which lies so deep."""
    ends = [start + 1]
    while ends:
        if depth + len(ends) > LIMIT:
            raise Malformed(NESTING)
        tag, pos = _tag(buf, pos)
        wire_type = tag & 7
        if wire_type == VARINT:
            pos = varint(buf, pos)[1]
        elif wire_type == END_GROUP:
            if tag != ends.pop():
                raise Malformed(GROUP)
        else:
            if wire_type == START_GROUP:
                ends.append(tag + 1)
            pos = _extent(buf, pos, wire_type)[1]
        if pos > end:
            raise Malformed(TRUNCATED)
    return pos
