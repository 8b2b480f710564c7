"""Reads messages with Google's protobuf package, whose parser is upb's.

    upb.py SET MESSAGE...    the descriptors, and the types by number

A map's key that is no UTF-8 and need not be can't be read in Python: the text is
a question mark then.
"""

import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from google.protobuf.internal import api_implementation

import serve

TIMESTAMP = "google.protobuf.Timestamp"


def types(path, names):
    pool = descriptor_pool.DescriptorPool()
    with open(path, "rb") as f:
        for file in descriptor_pb2.FileDescriptorSet.FromString(f.read()).file:
            pool.Add(file)
    return [message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names]


def text(m):
    return serve.message({field.number: value(field, v) for field, v in m.ListFields() if not field.is_extension})


def value(field, v):
    if not field.is_repeated:
        return single(field, v)
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        key, item = entry.fields_by_number[1], entry.fields_by_number[2]
        return serve.mapping((single(key, k), single(item, v[k])) for k in v)
    return serve.sequence(single(field, item) for item in v)


def single(field, v):
    if field.type == field.TYPE_MESSAGE and v.DESCRIPTOR.full_name == TIMESTAMP:
        return "@%d.%d" % (v.seconds, v.nanos)
    if field.cpp_type == field.CPPTYPE_MESSAGE:
        return text(v)
    if field.cpp_type == field.CPPTYPE_STRING:
        return serve.quoted(v)
    return serve.number(v)


def main():
    if api_implementation.Type() != "upb":
        sys.exit("this protobuf package has no upb, but " + api_implementation.Type())
    classes = types(sys.argv[1], sys.argv[2:])

    def answer(kind, content):
        m = classes[kind]()
        try:
            m.ParseFromString(content)
        except message.DecodeError:
            return None
        if not m.IsInitialized():
            return None
        try:
            return 0, text(m), m.SerializeToString(deterministic=True)
        except UnicodeDecodeError:
            return 0, "?", b""

    serve.serve(answer)


if __name__ == "__main__":
    main()
