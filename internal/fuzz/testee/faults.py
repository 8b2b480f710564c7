"""Answers with what generated Python, 2.7 or 3, says of a message that it can't
decode, in the place of values; with nothing for one that it can.

    faults.py FOLDER MESSAGE...    as python.py
"""

import sys

import python
import serve


def answerer(folder, names):
    program, classes = python.types(folder, names)

    def answer(kind, content):
        try:
            classes[kind].decode(content)
        except program.DecodeError as error:
            return 0, str(error), b""
        return 0, "", b""

    return answer


if __name__ == "__main__":
    serve.serve(answerer(sys.argv[1], sys.argv[2:]))
