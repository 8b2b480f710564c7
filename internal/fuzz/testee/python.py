"""Reads and writes messages by generated Python, 2.7 or 3.

    python.py FOLDER MESSAGE...    the folder that has the folder `rows` of generated
                                   modules, and the types by number
"""

import importlib
import os
import sys

import serve


def types(folder, names):
    sys.path.insert(0, folder)
    program = importlib.import_module("rows.volrender_program")
    found = {}
    for name in os.listdir(os.path.join(folder, "rows")):
        if name.endswith("_rows.py") and not name.startswith("volrender_"):
            module = importlib.import_module("rows." + name[:-len(".py")])
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, program.Row):
                    found[value._shape.full_name] = value
    return program, [found[name] for name in names]


def printer(program):
    """The function that prints a row."""

    def text(row):
        fields = {}
        for field in row._shape.fields:
            value = getattr(row, field.attr)
            if value is None or value == [] or value == {}:
                continue
            printed = several(value)
            if not (field.implicit and printed in ("0", '""', "0" * 16)):
                fields[field.number] = printed
        return serve.message(fields)

    def several(value):
        if isinstance(value, dict):
            return serve.mapping((single(k), single(v)) for k, v in value.items())
        if isinstance(value, list):
            return serve.sequence(single(item) for item in value)
        return single(value)

    def single(value):
        if isinstance(value, program.Row):
            return text(value)
        if isinstance(value, program.Timestamp):
            return "@%d.%d" % value
        if isinstance(value, (bytes, type(u""))):
            return serve.quoted(value)
        return serve.number(value)

    return text


def answerer(folder, names):
    """The function that answers serve's questions."""
    program, classes = types(folder, names)
    text = printer(program)

    def answer(kind, content):
        try:
            row = classes[kind].decode(content)
        except program.DecodeError:
            return None
        return row.unknown_fields, text(row), row.encode()

    return answer


if __name__ == "__main__":
    serve.serve(answerer(sys.argv[1], sys.argv[2:]))
