"""The functions that write rows, made for one message and where its values come from.

Python is slow at calling and at looking things up by name. So a row's function is put
together as source text, as collections.namedtuple does, with all of the message in one
body. The text consists of what stands in this file and in volrender_plain, and of
numbers: what schemas and plugins call things is never part of it.

A field's statement raises for all but plain values. The field then goes the way of any
value, alone, so that an absent one costs its row little.

Works under Python 2.7 and 3.
"""
from . import volrender_values as values
from . import volrender_wire as wire
from .volrender_plain import plain


def stored(field, value, report):
    """The value as the field has it; None where it stays unset."""
    value = field.value(value, report)
    if value is None and field.required:
        report.lose(field.name, "required, but there is none")
    return value


def _other(written, report):
    """The bytes for any value: of a field, or a list of its and its companions'."""
    known, only = {}, len(written) == 1
    steady = not any(f.required for f in written)

    def other(value):
        out = known.get(value.__class__)
        if out is None:
            out = [f.encode(stored(f, value, report)) for f in written]
            out = out[0] if only else out
            if steady and value.__class__ in values.ABSENT:
                known[value.__class__] = out
        return out

    return other


def _listed(names):
    """The text of a tuple, which may have one item or none."""
    return "".join("%s, " % name for name in names)


class _Text(object):
    """A function's text while it is put together, and what it uses."""

    def __init__(self, message, report):
        self.message, self.report = message, report
        self.lines, self.tools, self.parts = [], [], {}

    def tool(self, value):
        """The name that value has in the text."""
        self.tools.append(value)
        return "t%d" % (len(self.tools) - 1)

    def add(self, text, depth=0):
        self.lines += ["    " * depth + line for line in text.split("\n")]

    def unpack(self, row):
        """Adds what takes a row apart, and returns the values' names."""
        names = ["v%d" % i for i in range(len(self.message.valued))]
        if names:
            self.add("%s= %s" % (_listed(names), row))
        return names

    def fields(self, names):
        """Adds what makes the fields' bytes, of the values that have these names; of
        None where there is no such column."""
        at = dict((f.name, i) for i, f in enumerate(self.message.fields))
        for field, name in zip(self.message.valued, names):
            written = [field] + [f for f in self.message.fields if f.of == field.name]
            other = _other(written, self.report)
            for f in written:
                self.parts[at[f.name]] = ["p%d" % at[f.name]]
            targets = ["p%d" % at[f.name] for f in written]
            call = "%s = %s(%s)" % (", ".join(targets), self.tool(other), name or self.tool(values.MISSING))
            if name is None and not any(f.required for f in written):
                self.add("%s = %s" % (", ".join(targets), self.tool(other(values.MISSING))))
                continue
            kind = plain(field)
            if kind is None or name is None or any(f.required for f in written[1:]):
                self.add(call)
            else:
                self._plain(field, kind, self.parts[at[field.name]], name, call, targets[1:])

    def _plain(self, field, kind, parts, name, call, companions):
        """Adds the statement for plain values, and the call for others."""
        statement, more, tools = kind
        parts += [parts[0] + part for part in more]
        call += "".join("\n%s = b''" % part for part in parts[1:])
        depth = 0
        if companions or field.absent_value is not None:  # absent values are to be expected
            self.add("if %s.__class__ in %s:" % (name, self.tool(values.ABSENT)))
            self.add(call, 1)
            self.add("else:")
            depth = 1
        self.add("try:", depth)
        self.add(statement.format(*map(self.tool, tools), p=parts[0], v=name), depth + 1)
        for companion in companions:
            self.add("%s = b''" % companion, depth + 1)
        self.add("except Exception:", depth)
        self.add(call, depth + 1)

    def data(self, names, encode):
        """Adds what makes the row's bytes, which have the name data."""
        if encode:
            there = [name or self.tool(values.MISSING) for name in names]
            self.add("data = %s((%s))" % (self.tool(encode), _listed(there)))
            return
        self.fields(names)
        parts = [part for _, parts in sorted(self.parts.items()) for part in parts]
        self.add("data = %s((%s))" % (self.tool(wire.join), _listed(parts)))

    def function(self, *head):
        """The function with this head and body."""
        names = _listed("t%d" % i for i in range(len(self.tools)))
        lines = ["def make(tools):", "    %s= tools" % names, "    def write%s:" % head[0]]
        lines += ["        " + line for line in head[1:]]
        depth = "    " * (1 + len(head))
        lines += [depth + line for line in self.lines] + ["    return write", ""]
        scope = {}
        exec(compile("\n".join(lines), "<write>", "exec"), scope)
        return scope["make"](self.tools)


def encoder(message, report):
    """The function from a row's values to its bytes."""
    text = _Text(message, report)
    text.data(text.unpack("values"), None)
    text.add("return data")
    return text.function("(values)")


# Rows of a writer ------------------------------------------------------------

_ROWS = 256


def by_values(out):
    """write(rows) writes the rows that have these values."""
    text = _Text(out.message, out.report)
    return _writing(text, text.unpack("values"), out, "(rows)", "for values in rows:")


def by_columns(out, indexes, count, mended):
    """write(rows) writes rows of a table, pairs of a depth and an item of so many
    columns. indexes has a column for each field, DEPTH, or None where there is none;
    mended makes an item that has the right number of values."""
    text = _Text(out.message, out.report)
    columns = _listed("v%d" % i for i in range(count))
    if count:
        text.add("try:\n    %s= item" % columns)
        text.add("except (TypeError, ValueError):\n    %s= %s(item)" % (columns, text.tool(mended)))
    names = ["depth" if i == DEPTH else None if i is None else "v%d" % i for i in indexes]
    return _writing(text, names, out, "(rows)", "for depth, item in rows:")


DEPTH = -1


def _writing(text, names, out, *head):
    """The function that has a writer take the row; out.encode makes its bytes, if it
    is not None."""
    text.data(names, out.encode)
    add, header = text.tool(out.pending.append), text.tool(out.header)
    text.add("try:\n    %s(%s[len(data)])" % (add, text.tool(wire.heads)))
    text.add("except IndexError:\n    h = %s(len(data))\n    if not h:\n        continue" % header)
    text.add("    %s(h)\n%s(data)" % (add, add))
    uses = text.tool(out.now), text.tool(out.due), text.tool(out.pending), 2 * _ROWS, text.tool(out.flush)
    text.add("if %s() > %s[0] or len(%s) >= %d:\n    %s()" % uses)
    return text.function(*head)
