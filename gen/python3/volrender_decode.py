"""Reading the protobuf wire format: bytes that anybody may have made.

Nothing here recurses, and nothing is copied but the values themselves: a message in
a message is read in its place. So the time is bounded by the bytes, and the depth
by LIMIT.

Works under Python 2.7 and 3.
"""
from . import volrender_malformed as malformed
from .volrender_skip import (  # noqa: F401 - fields need some, too
    END_GROUP, GROUP, LIMIT, NESTING, REQUIRED, START_GROUP, TRUNCATED, UTF8, Malformed,
    extent, indexable, skip_group, tag_at, varint, varints,
)
from .volrender_wire import LENGTH, VARINT


class DecodeError(ValueError):
    """Bytes that are no message of the type that was asked for.

    message is the type's full name; field is the field's name, or its number where
    there is no such field, after those of the fields that it lies in and a dot
    each, or "" where there is none yet; offset is the place in the bytes, from 0,
    where the field's value starts, or their number for a field that is missing;
    reason says what is wrong there. The readers in Go say the same of the same bytes.
    """

    def __init__(self, message, field, offset, reason):
        self.field, self.offset, self.reason = field, offset, reason
        self.message = message
        place = "%s, field %s" % (message, field) if field else message
        ValueError.__init__(self, "%s, at byte %d: %s" % (place, offset, reason))

    def __reduce__(self):
        return DecodeError, (self.message, self.field, self.offset, self.reason)


def plain(data):
    """The bytes of any object that holds some; TypeError for others, and for text."""
    if data.__class__ is bytes:
        return data
    try:
        data = memoryview(data)
    except TypeError:
        raise wanted("bytes are", data)
    return data.tobytes()


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
    field, offset, reason = malformed.find(reader, reason)
    raise DecodeError(row._shape.full_name, field, offset, reason)


class _Reader(object):
    """One decoding: the bytes, and where in them it stands.

    row is the message that is being read, with field the field that it is in; it
    goes to end, or to the tag group; start is the place of the tag that was read
    last. around has the same of the messages around it.
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
                tag, pos = tag_at(buf, pos - 1)
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
                if pos > end:
                    raise Malformed(TRUNCATED)
                return self.leave(tag, pos)
            else:
                pos, stop = extent(buf, pos, wire_type)
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
                    stop = skip_group(buf, pos, end, tag, len(self.around))
            pos = stop
        if self.group:
            self.start = pos
            raise Malformed(TRUNCATED)
        return self.leave(0, pos)

    def enter(self, field, pos, stop, tag):
        """Begins with a field's message, which goes from pos to stop."""
        if len(self.around) >= LIMIT:
            raise Malformed(NESTING)
        self.around.append((self.row, self.field, self.end, self.group, self.before, self.start))
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
            self.row, self.field, self.end, self.group, self.before, self.start = self.around.pop()
            field.close(self.row, child)
        return pos


def _check_required(row, size):
    """Raises where a field that must be there is not, in any message."""
    if row._shape.reaches_required() and _lacks(row):
        raise DecodeError(row._shape.full_name, _missing(row), size, REQUIRED)


def _lacks(row):
    """Whether a row, or one in it, has not all that is required."""
    rows = [row]
    while rows:
        row = rows.pop()
        for field in row._shape.fields:
            value = getattr(row, field.attr)
            if field.required and value is None:
                return True
            rows += field.rows_in(value)
    return False


def _missing(row):
    """The first field that is required and not there, after those that it lies in:
    a row's own before those in its messages, and in the order of the schema."""
    rows = [(row, "")]
    while True:
        row, path = rows.pop()
        fields = row._shape.declared
        for field in fields:
            if field.required and getattr(row, field.attr) is None:
                return path + field.name
        parts = [(part, path + field.name + ".") for field in fields for part in field.rows_in(getattr(row, field.attr))]
        rows += reversed(parts)
