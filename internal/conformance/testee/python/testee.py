"""Is driven by Google's conformance runner: reads requests, decodes what they carry
and encodes it again, by generated code alone.

    python testee.py FOLDER

FOLDER has the generated modules in a folder `rows`. Works under Python 2.7 and 3.
"""
import sys

sys.path.insert(0, sys.argv[1])

from rows import google_protobuf_test_messages_edition2023_rows as edition2023
from rows import google_protobuf_test_messages_proto2_editions_rows as editions2
from rows import google_protobuf_test_messages_proto2_rows as proto2
from rows import google_protobuf_test_messages_proto3_editions_rows as editions3
from rows import google_protobuf_test_messages_proto3_rows as proto3
from rows.conformance_conformance_rows import ConformanceRequest, ConformanceResponse
from rows.volrender_frames import frames, write_frame
from rows.volrender_program import DecodeError

PROTOBUF = 1  # WireFormat.PROTOBUF

MESSAGES = {
    "protobuf_test_messages.proto2.TestAllTypesProto2": proto2.TestAllTypesProto2,
    "protobuf_test_messages.proto3.TestAllTypesProto3": proto3.TestAllTypesProto3,
    "protobuf_test_messages.editions.proto2.TestAllTypesProto2": editions2.TestAllTypesProto2,
    "protobuf_test_messages.editions.proto3.TestAllTypesProto3": editions3.TestAllTypesProto3,
    "protobuf_test_messages.editions.TestAllTypesEdition2023": edition2023.TestAllTypesEdition2023,
}


def answer(request):
    if request.which_payload() != "protobuf_payload" or request.requested_output_format != PROTOBUF:
        return ConformanceResponse(skipped=u"JSON and text are not volint's")
    message = MESSAGES.get(request.message_type)
    if message is None:
        return ConformanceResponse(runtime_error=u"there is no message %s" % request.message_type)
    try:
        row = message.decode(request.protobuf_payload)
    except DecodeError as error:
        return ConformanceResponse(parse_error=u"%s" % error)
    return ConformanceResponse(protobuf_payload=row.encode())


def main():
    source, sink = getattr(sys.stdin, "buffer", sys.stdin), getattr(sys.stdout, "buffer", sys.stdout)
    for frame in frames(source):
        write_frame(sink, answer(ConformanceRequest.decode(frame)))
        sink.flush()


if __name__ == "__main__":
    main()
