"""Compares generated rows with Google's protobuf, message by message.

    python beside_protobuf.py FOLDER SET ROUNDS

FOLDER has the generated modules in a folder `rows`; SET is a descriptor set of the
same files. Each round makes a random message of each type. Prints one line a type.
Works under Python 2.7 and 3, with any protobuf that knows the files' syntax.
"""
import importlib
import random
import struct
import sys
import warnings

sys.path.insert(0, sys.argv[1])

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf import message_factory
from google.protobuf.message import DecodeError as PeerRefuses

from rows.volrender_skip import LONG_TAG, OVERFLOW, TAG
from rows.volrender_program import DecodeError, Timestamp

rnd = random.Random(17)


def lenient(peer):
    """Reasons to refuse that the peer does not have. It drops the bits that don't fit
    a varint; the last one for Python 2 does so in tags too, and today's takes field 0
    where a message has no fields at all."""
    return (LONG_TAG, OVERFLOW, TAG) if bytes is str or not peer.DESCRIPTOR.fields else (OVERFLOW,)


INTEGERS = {
    "CPPTYPE_INT32": (-(1 << 31), (1 << 31) - 1), "CPPTYPE_INT64": (-(1 << 63), (1 << 63) - 1),
    "CPPTYPE_UINT32": (0, (1 << 32) - 1), "CPPTYPE_UINT64": (0, (1 << 64) - 1),
}


def peers(path):
    """The peer's classes of the set's messages, by full name, and their files."""
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as source:
        files.ParseFromString(source.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    get = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    found = {}
    for file in files.file:
        todo = list(pool.FindFileByName(file.name).message_types_by_name.values())
        while todo:
            message = todo.pop()
            todo += message.nested_types
            found[message.full_name] = get(message), file
    return found


def row_class(full_name, file):
    """The generated class, or None where nothing was generated of the file."""
    try:
        module = importlib.import_module("rows." + file.name.replace("/", "_").replace("-", "_")[: -len(".proto")] + "_rows")
    except ImportError:
        return None
    for value in vars(module).values():
        if getattr(getattr(value, "_shape", None), "full_name", "") == full_name:
            return value
    return None


def scalar(field):
    name = [n for n in dir(field) if n.startswith("CPPTYPE_") and getattr(field, n) == field.cpp_type][0]
    if name in INTEGERS:
        low, high = INTEGERS[name]
        return rnd.choice((low, high, 0, 1, rnd.randint(low, high), min(high, rnd.randrange(300))))
    if name == "CPPTYPE_BOOL":
        return rnd.random() < 0.5
    if name == "CPPTYPE_ENUM":
        return rnd.choice(field.enum_type.values).number
    if name in ("CPPTYPE_DOUBLE", "CPPTYPE_FLOAT"):
        value = rnd.choice((0.0, -0.0, 1.5, float("inf"), rnd.uniform(-1e9, 1e9)))
        return struct.unpack("<f", struct.pack("<f", value))[0] if name == "CPPTYPE_FLOAT" else value
    text = u"".join(rnd.choice(u"az\0\\x \xe9\u20ac\U0001f600") for _ in range(rnd.randrange(6)))
    return text if field.type == field.TYPE_STRING else text.encode("utf-8") + b"\xff"


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def is_repeated(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED


def fill(message, depth=0):
    """Sets fields at random; what is required always."""
    for field in message.DESCRIPTOR.fields:
        required = getattr(field, "is_required", None)
        required = field.label == field.LABEL_REQUIRED if required is None else required
        if not required and (rnd.random() < 0.5 or depth > 2 and field.message_type):
            continue
        if is_map(field):
            container, entry = getattr(message, field.name), field.message_type.fields_by_name
            for _ in range(rnd.randrange(3)):
                if entry["value"].message_type:
                    fill(container[scalar(entry["key"])], depth + 1)
                else:
                    container[scalar(entry["key"])] = scalar(entry["value"])
        elif is_repeated(field):
            for _ in range(rnd.randrange(4)):
                if field.message_type:
                    fill(getattr(message, field.name).add(), depth + 1)
                else:
                    getattr(message, field.name).append(scalar(field))
        elif field.message_type:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), depth + 1)
        else:
            setattr(message, field.name, scalar(field))


def same(value):
    """A value that equals another when both are the same: so that -0.0 is not 0.0."""
    return ("float", struct.pack("<d", value)) if isinstance(value, float) else value


def of_peer(message):
    """What a message of the peer has set, by name."""
    out = {}
    for field, value in message.ListFields():
        if is_map(field):
            convert = reader(field.message_type.fields_by_name["value"])
            out[field.name] = dict((k, convert(value[k])) for k in value)
        else:
            convert = reader(field)
            out[field.name] = [convert(v) for v in value] if is_repeated(field) else convert(value)
    return out


def reader(field):
    if field.message_type is None:
        return same
    if field.message_type.full_name == "google.protobuf.Timestamp" and field.type != field.TYPE_GROUP:
        return lambda moment: (moment.seconds, moment.nanos)
    return of_peer


def of_row(row):
    """What a row has set, by the fields' names."""
    convert = lambda v: of_row(v) if hasattr(v, "_shape") else same(v)  # noqa: E731
    out = {}
    for field in row._shape.declared:
        value = getattr(row, field.attr)
        if value is None or value == [] or value == {} or field.implicit and same(value) == same(field.zero):
            continue
        if isinstance(value, list):
            out[field.name] = [convert(v) for v in value]
        elif isinstance(value, dict):
            out[field.name] = dict((k, convert(v)) for k, v in value.items())
        else:
            out[field.name] = convert(value)
    return out


def rebuilt(row):
    """The same row from plain values: dicts for the messages in it."""

    def attributes(row):
        given = {}
        for field in row._shape.declared:
            value = getattr(row, field.attr)
            if isinstance(value, list):
                value = [plain(v) for v in value]
            elif isinstance(value, dict):
                value = dict((k, plain(v)) for k, v in value.items())
            if value is not None:
                given[field.attr] = plain(value)
        return given

    def plain(value):
        return attributes(value) if hasattr(value, "_shape") else tuple(value) if isinstance(value, Timestamp) else value

    return type(row)(**attributes(row))


def mutated(data):
    data = bytearray(data)
    for _ in range(rnd.randrange(1, 4)):
        at = rnd.randrange(len(data) + 1)
        kind = rnd.randrange(4)
        if kind == 0 and data:
            data[at % len(data)] = rnd.randrange(256)
        elif kind == 1:
            data[at:at] = bytearray(rnd.randrange(256) for _ in range(rnd.randrange(1, 4)))
        elif kind == 2:
            del data[at : at + rnd.randrange(1, 4)]
        elif data:
            del data[at % len(data) :]
    return bytes(data)


def refused(call, *errors):
    try:
        call()
    except errors as error:
        return error
    return None


def refused_by_peer(message, data):
    with warnings.catch_warnings(record=True) as said:  # old ones only warn of a stray end
        warnings.simplefilter("always")
        error = refused(lambda: message.ParseFromString(data), PeerRefuses)
    return error or said or not message.IsInitialized()


def same_but_for_order(peer, one, other):
    """Whether two encodings differ in the order of a map's entries alone."""
    return sorted(one) == sorted(other) and of_peer(peer.FromString(one)) == of_peer(peer.FromString(other))


def compare(peer, cls, rounds):
    """Fails where the two differ; returns how many bytes and mutations were tried,
    and how many of those both refused."""
    size = tried = both = 0
    for _ in range(rounds):
        message = peer()
        fill(message)
        data = message.SerializeToString(deterministic=True)
        row = cls.decode(data)
        assert of_row(row) == of_peer(message), (of_row(row), of_peer(message))
        assert row.unknown_fields == 0, row.unknown_fields
        again = row.encode()
        assert again == data or same_but_for_order(peer, again, data), (again, data)
        assert rebuilt(row).encode() == again, (rebuilt(row).encode(), again)
        size += len(data)
        for _ in range(5):
            bad = mutated(data)
            theirs_refused = refused_by_peer(peer(), bad)
            ours = refused(lambda: cls.decode(bad), DecodeError)
            if ours and ours.reason in lenient(peer):
                continue
            assert bool(ours) == bool(theirs_refused), (ours, theirs_refused, bad)
            tried, both = tried + 1, both + bool(ours)
    return size, tried, both


def main():
    compared = 0
    for full_name, (peer, file) in sorted(peers(sys.argv[2]).items(), key=lambda pair: pair[0]):
        cls = row_class(full_name, file)
        if cls is not None:
            print("%s: %d bytes, %d mutations, %d refused" % ((full_name,) + compare(peer, cls, int(sys.argv[3]))))
            compared += 1
    print("%d types" % compared)


if __name__ == "__main__":
    main()
