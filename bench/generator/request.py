"""Makes what protoc hands to a plug-in, so that plug-ins run without protoc.

A CodeGeneratorRequest has the same files as a FileDescriptorSet, under another number:
no package of protobuf is needed to make one of the other.
"""

import pathlib

import schemas
from generated import fields
from tools import ROOT, fresh, run, tool

# Field numbers of google.protobuf.compiler.CodeGeneratorRequest, and of FileDescriptorSet.
FILE_TO_GENERATE, PARAMETER, PROTO_FILE = 1, 2, 15
SET_FILE = 1


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


class Schemas:
    """So many messages, parsed: request(parameter) is what a plug-in reads."""

    def __init__(self, count, folder):
        self.count = count
        self.module = schemas.MODULE
        self.folder = fresh(pathlib.Path(folder))
        self.paths = schemas.write(count, self.folder)
        self.parsed = self.folder / "descriptors.binpb"
        run(tool("protoc"), f"--proto_path={self.folder}", f"--proto_path={ROOT / 'schema'}", "--include_imports",
            "--include_source_info", f"--descriptor_set_out={self.parsed}", *self.paths)

    def request(self, parameter):
        head = b"".join(field(FILE_TO_GENERATE, path.encode()) for path in sorted(self.paths))
        head += field(PARAMETER, parameter.encode()) if parameter else b""
        files = (content for number, content in fields(self.parsed.read_bytes()) if number == SET_FILE)
        return head + b"".join(field(PROTO_FILE, content) for content in files)
