"""Writes rows by the functions that a plug-in folder of Volatility 3 has: what
generated Python for programs reads of a message is given to them as lists, dicts and
plain values, as a plugin would give it.

    dropin.py FOLDER MESSAGE...    the folder has `rows`, as for python.py, and the
                                   plug-in folder `plugins`

Where a value is lost on the way, by the drop-ins' own word, the text is a question
mark, and nothing is encoded.
"""

import importlib
import os
import sys

import python
import serve


class Unfit(Exception):
    """A value that Volatility has in no form that a drop-in takes for the same."""


def plain(program, row):
    """A row's values by the fields' names."""

    def convert(value):
        if isinstance(value, program.Row):
            return plain(program, value)
        if isinstance(value, program.Timestamp):
            if value.nanos:
                raise Unfit
            return value.seconds
        if isinstance(value, bytes):
            try:
                value.decode("utf-8")
            except UnicodeDecodeError:  # drop-ins escape that in text
                raise Unfit from None
        if isinstance(value, dict):
            return {convert(k): convert(v) for k, v in value.items()}
        if isinstance(value, list):
            return [convert(v) for v in value]
        return value

    return {f.name: convert(getattr(row, f.attr)) for f in row._shape.fields}


def messages(folder):
    """The drop-ins' messages by their full names."""
    support = importlib.import_module("plugins.volrender_support")
    for name in os.listdir(os.path.join(folder, "plugins")):
        if name.endswith("_volrender.py"):
            importlib.import_module("plugins." + name[:-len(".py")])
    return support


def answerer(folder, names):
    program, classes = python.types(folder, names)
    support = messages(folder)

    def answer(kind, content):
        try:
            row = classes[kind].decode(content)
        except program.DecodeError:
            return None
        message, report = support.messages[names[kind]], support.Report()
        try:
            values = plain(program, row)
        except Unfit:
            return 0, "?", b""
        encoded = message.encode(report)([values[field.name] for field in message.valued])
        return (0, "?", b"") if report.lost else (0, "", encoded)

    return answer


if __name__ == "__main__":
    serve.serve(answerer(sys.argv[1], sys.argv[2:]))
