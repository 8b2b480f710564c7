"""What plug-ins make of a schema, written to folders: without protoc, as measured."""

import pathlib
import subprocess

from tools import fresh

# Field numbers of CodeGeneratorResponse, and of its File.
ERROR, FILE = 1, 15
NAME, CONTENT = 1, 15


def fields(message):
    """(number, bytes) of the fields of a message that have a length."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = number()
        size = number()
        if tag & 7 == 2:  # else it was a number
            yield tag >> 3, message[at:at + size]
            at += size


def write(program, request, folder):
    """Writes what a plug-in answers, and returns the folder."""
    fresh(folder)
    answer = subprocess.run([str(program)], input=request, stdout=subprocess.PIPE, check=True).stdout
    for number, content in fields(answer):
        if number == ERROR:
            raise SystemExit(f"{content.decode()}\nerror: {program} refuses the schema\nhint: schemas.py makes it")
        if number == FILE:
            file = dict(fields(content))
            target = pathlib.Path(folder) / file[NAME].decode()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.get(CONTENT, b""))
    return pathlib.Path(folder)
