"""Answers with what decoding takes: the lines of Python that run, in the place of
unknown fields, and the most memory at a time, in bytes, in that of values.

    steps.py FOLDER MESSAGE...    as python.py
"""

import sys
import tracemalloc

import python
import serve


def answerer(folder, names):
    program, classes = python.types(folder, names)

    def decode(kind, content):
        try:
            classes[kind].decode(content)
        except program.DecodeError:
            pass

    def lines(kind, content):
        count = 0

        def trace(frame, event, arg):
            nonlocal count
            count += 1
            return trace

        sys.settrace(trace)
        decode(kind, content)
        sys.settrace(None)
        return count

    def peak(kind, content):
        tracemalloc.start()
        decode(kind, content)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    def answer(kind, content):
        decode(kind, b"")  # what is made once
        return lines(kind, content), "%d" % peak(kind, content), b""

    return answer


if __name__ == "__main__":
    serve.serve(answerer(sys.argv[1], sys.argv[2:]))
