"""Messages, and the rows that are written of them.

Works under Python 2.7 and 3.
"""
import importlib
import time

from . import volrender_fast as fast
from . import volrender_wire as wire
from .volrender_shape import oneofs, settle


class Refused(Exception):
    """Why there are no rows: a short stable code, and a line each that says what
    happened and what to do."""

    def __init__(self, code, message, hint):
        Exception.__init__(self, message)
        self.code, self.message, self.hint = code, message, hint


class Report(object):
    """How a table went.

    rows counts the frames, dropped the rows that can't be any; lost counts values that
    could not be written, by (field, reason); missing lists (field, column) where the
    plugin has no such column; noted counts values that were written and are not all
    that they should be, by (field, what is the matter); warnings are sentences for
    people.
    """

    def __init__(self):
        self.rows = self.dropped = 0
        self.lost = {}
        self.missing = []
        self.noted = {}
        self._warnings = []

    @property
    def complete(self):
        return not self.lost and not self.missing

    def lose(self, field, reason):
        self.lost[field, reason] = self.lost.get((field, reason), 0) + 1

    def note(self, field, matter):
        self.noted[field, matter] = self.noted.get((field, matter), 0) + 1

    def warn(self, sentence):
        self._warnings.append(sentence)

    @property
    def warnings(self):
        return self._warnings + [
            "%d value%s of field %s: %s" % (n, "" if n == 1 else "s", field, matter)
            for (field, matter), n in sorted(self.noted.items())
        ]

    def sentences(self):
        """The warnings, and a sentence for each way in which values were lost."""
        lost = [
            "%d value%s of field %s could not be written: %s" % (n, "" if n == 1 else "s", field, reason)
            for (field, reason), n in sorted(self.lost.items())
        ]
        return self.warnings + lost


class Message(object):
    """A message: its fields, and how its rows come out of this Volatility.

    plugin is the exact name of the plugin, or "" where the message's name tells;
    aliases are other names of the same. command is what users call it. module is the
    generated module that has it, and rivals those that have one of the same name.
    render(plugin, writer, data) writes the rows. pb2 names protoc's module and class,
    where these are to encode.
    """

    # What make sets.
    MADE = ("fields", "render", "valued", "is_table", "_oneofs", "_pb2")

    def __init__(self, full_name, plugin, field_list, render, pb2=None, command="", aliases=(), module=""):
        self.identify(full_name, plugin, command, aliases)
        self.module = module
        self.make(field_list, render, pb2)

    def identify(self, full_name, plugin, command, aliases):
        self.full_name, self.plugin, self.command, self.aliases = full_name, plugin, command, list(aliases)
        self.name = full_name.rpartition(".")[2]
        self.rivals = []

    def make(self, field_list, render, pb2=None):
        self.fields, self.render, self._pb2 = field_list, render, pb2
        self._oneofs = oneofs(field_list)
        by_name = dict((f.name, f) for f in field_list)
        for field in field_list:
            if field.of:
                field.subject = by_name[field.of]
        # A row's values are those of the fields that are no one's companion.
        self.valued = [f for f in field_list if not f.of]
        self.is_table = any(f.column or f.depth for f in field_list)

    def made(self):
        """The message, with all that make sets."""
        getattr(self, "fields")
        return self

    def encode(self, report):
        """The function from a row's values to its bytes. It is made anew for each
        table, so that nothing of one guest stays behind."""
        return self.by_rule(report) or fast.encoder(self, report)

    def by_rule(self, report):
        """The function from a row's values to its bytes for messages that are not
        written fast: None for others. Which field of a oneof there is, all of them
        tell together."""
        if self._pb2:
            return self._by_pb2(pb2_class(*self._pb2), report)
        return (lambda row: self.slow(row, report)) if self._oneofs else None

    def _by_pb2(self, message_class, report):
        def encode(row):
            out = message_class()
            for field, value in zip(self.fields, self.convert(row, report)):
                field.assign(out, value)
            return out.SerializePartialToString()

        return encode

    def pairs(self, row):
        """Each field with the value that it is made from."""
        if len(self.valued) == len(self.fields):
            return zip(self.fields, row)
        named = dict((f.name, v) for f, v in zip(self.valued, row))
        return [(f, named[f.of or f.name]) for f in self.fields]

    def convert(self, row, report):
        """The fields' values as Python has them; None for what stays unset."""
        out = [fast.stored(field, value, report) for field, value in self.pairs(row)]
        settle(self.fields, self._oneofs, out, report.lose)
        return out

    def slow(self, row, report):
        """The row's bytes by the rules for any values alone, which all ways must agree
        with."""
        return wire.join([f.encode(v) for f, v in zip(self.fields, self.convert(row, report))])


def pb2_class(module, name):
    """The class that protoc made: its module lies beside this one or on the path."""
    for package in (__name__.rpartition(".")[0], None):
        try:
            found = importlib.import_module("." + module if package else module, package)
            return getattr(found, name)
        except ImportError as error:
            why = error
    raise Refused(
        "no-pb2",
        "module %s can't be imported: %s" % (module, why),
        "make it with protoc --python_out, put it beside this one, and install protobuf",
    )


# Writing -------------------------------------------------------------------

_SECONDS = 0.1

# The longest row that readers take, and one that is written at once.
MOST, _LARGE = 64 << 20, 1 << 20


class Writer(object):
    """Writes rows as frames: several at a time, but none waits long for the next.

    write(bytes) gets whole frames. As a context manager a writer writes what is left at
    the end, also when an exception passes. strict makes a missing column an error.
    """

    # The monotonic clock, where there is one: rows are looked at each time it is read.
    now = staticmethod(getattr(time, "monotonic", time.time))

    def __init__(self, message, write, report=None, strict=False):
        self.message, self.report, self.strict = message, report or Report(), strict
        self._write = write
        # What the functions that write rows use: heads and data of frames, and when
        # they are to be written at the latest.
        self.pending, self.due = [], [0]
        self.encode = message.by_rule(self.report)
        self._rows = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.flush()

    def rows(self, rows):
        """Writes rows as they come, each the values in the order of the fields."""
        self._rows = self._rows or fast.by_values(self)
        self._rows(rows)

    def header(self, size):
        """What stands before a row of that size, which is no small one; None for one
        that no reader would take."""
        if size > MOST:
            self.report.lose("(row)", "longer than %d bytes" % MOST)
            self.report.dropped += 1
            return None
        if size > _LARGE:
            self.due[0] = 0  # few of these make much
        return wire.frame_header(size)

    def flush(self):
        frames = wire.join(self.pending)
        self.report.rows += len(self.pending) // 2
        del self.pending[:]
        self.due[0] = self.now() + _SECONDS
        if frames:
            self._write(frames)
