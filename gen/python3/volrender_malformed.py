"""Where bytes that decode could not read are wrong: told as exactly as the readers in
Go tell it, and in the same words.

decode is quick, and may read on behind a message's end before it sees that a value
is cut. What it gave up at is looked at again here, by itself.

Works under Python 2.7 and 3.
"""
from .volrender_skip import NESTING, OVERFLOW, START_GROUP, TIMESTAMP, TRUNCATED, Malformed, behind, tag_at, varint
from .volrender_wire import LENGTH


def find(reader, reason):
    """The path of the field, the place of its value, and the reason, for a reader that
    gave up for a reason."""
    path, around = _path(reader), reader.around
    buf = reader.buf[: reader.end]
    if reader.field is not None and reader.field.in_one_piece:
        name, at, reason = "", varint(buf, around[-1][-1])[1], TIMESTAMP
    elif reader.start == len(buf):  # a group was not ended
        name, at = "", varint(buf, around[-1][-1])[1]
    else:
        name, at, reason = _field(reader, buf, reason)
    if name and not (reader.field and reader.field.has_entries):
        path.append(name)
    return ".".join(path), at, reason


def _path(reader):
    """The names of the fields that the reader is in. The value of a map's entry goes
    by the map's."""
    fields = [held[1] for held in reader.around[1:]] + [reader.field] if reader.around else []
    return [field.name for i, field in enumerate(fields) if not (i and fields[i - 1].has_entries)]


def _field(reader, buf, reason):
    """The name of the field at reader.start, which is "" where its tag can't be read,
    the place, and the reason."""
    try:
        tag, pos = varint(buf, reader.start)
    except (IndexError, Malformed) as fault:
        return "", reader.start, _reason(fault)
    shape, depth = reader.row._shape, len(reader.around)
    field = shape.by_number.get(tag >> 3)
    name = field.name if field else str(tag >> 3)
    opens = shape.readers(reader.row.__class__)[1].get(tag)
    try:
        tag_at(buf, reader.start)
        if not (opens and tag & 7 == START_GROUP):
            behind(buf, pos, tag, depth)
    except (IndexError, Malformed) as fault:
        return name, pos, _reason(fault)
    if reason == NESTING and tag & 7 == LENGTH and not opens.in_one_piece:
        pos = varint(buf, pos)[1]
    elif reason in (TRUNCATED, OVERFLOW):
        pos = _packed(buf, pos, field.field.wire_type)
    return name, pos, reason


def _packed(buf, pos, wire_type):
    """The place of the number that is wrong, of those in one piece."""
    size, pos = varint(buf, pos)
    buf = buf[: pos + size]
    try:
        while True:
            pos = behind(buf, pos, wire_type, 0)
    except (IndexError, Malformed):
        return pos


def _reason(fault):
    return fault.args[0] if isinstance(fault, Malformed) else TRUNCATED
