"""Has Atheris look for bytes that take new paths through generated Python, and tells
of each what python.py would: on descriptor 3, questions with their answers.

    fuzz_python.py FOLDER MESSAGE... -- FLAGS    flags of libFuzzer's, and folders of
                                                 inputs

The first byte of an input is the type's number. An exception other than DecodeError
ends it, with the input in a file.
"""

import os
import struct
import sys

import atheris

with atheris.instrument_imports(include=["rows"]):
    import python
    import serve

    split = sys.argv.index("--")
    answer = python.answerer(sys.argv[1], sys.argv[2:split])
    types = split - 2

checker = os.fdopen(3, "wb", 1 << 16)
tried = 0


def one(data):
    global tried
    if not data:
        return
    kind, message = data[0] % types, data[1:]
    checker.write(struct.pack("<II", len(message), kind) + message + serve.packed(answer(kind, message)))
    tried += 1
    if tried % 256 == 0:
        checker.flush()


atheris.Setup([sys.argv[0]] + sys.argv[split + 1:], one)
atheris.Fuzz()
