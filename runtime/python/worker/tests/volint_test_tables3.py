"""Plugins whose tables are hard to tell. Each says in `expected` what is to be told: the
columns as (title, type), those that are there sometimes, and how they are found."""
import dataclasses
import datetime
import os
import socket
import subprocess
import sys
import time
import typing

from volatility3.framework import interfaces, renderers
from volatility3.framework.configuration import requirements
from volatility3.framework.interfaces import plugins
from volatility3.framework.renderers import format_hints

SHARED = [("Shared", str), ("Hidden", format_hints.Hex)]
PAIRS = {"One": int, "Two": str}
HERE = os.path.dirname(os.path.abspath(__file__))


class Grid(renderers.TreeGrid):
    pass


def renamed(name, kind=str):
    return ("New " + name, kind)


class Odd(interfaces.renderers.BaseAbsentValue):
    pass


ODD = Odd()


class Base(plugins.PluginInterface):
    _required_framework_version = (2, 0, 0)
    hidden = True
    flags = ()

    @classmethod
    def get_requirements(cls):
        return [requirements.BooleanRequirement(name=name, optional=True, default=False) for name in cls.flags]

    def columns(self):
        return [("Base", str)]

    def _generator(self):
        yield 0, ("",)


class Built(Base):
    """Columns that are put together in every way."""

    expected = (
        [("First", int), ("Base", str), ("Shared", str), ("Hidden", format_hints.Hex), ("One", int), ("Two", str)]
        + [("x is 7", str), ("a-b", bytes), ("New name", str), ("New other", int), ("C 0", int), ("C 1", int)]
        + [("Late", datetime.datetime), ("Caught", bool)],
        [],
        "both",
    )

    def columns(self):
        return super().columns() + SHARED

    def run(self):
        columns = self.columns()
        for title, kind in PAIRS.items():
            columns.append((title, kind))
        columns += [(f"x is {7}", str), ("%s-%s" % ("a", "b"), bytes)]
        columns.extend([renamed("name"), renamed("other", kind=int), *[("C %d" % n, int) for n in range(2)]])
        columns.insert(0, ("First", int))

        def more():
            return [("Late", datetime.datetime)]

        columns = columns + more()
        try:
            columns.append(("Caught", bool))
        except ValueError:
            pass
        return Grid(columns=columns, generator=self._generator())


class Chosen(Base):
    """Columns that options choose, one of them by two options."""

    flags = ("wide", "other", "early")
    expected = (
        [("Always", str), ("Wide", int), ("Offset(V)", int), ("Wide and other", int), ("Offset(P)", int), ("Last", str)]
        + [("Early", str)],
        ["Always", "Wide", "Offset(V)", "Wide and other", "Offset(P)", "Last", "Early"],
        "both",
    )

    def run(self):
        if self.config["early"]:
            return renderers.TreeGrid([("Early", str)], self._generator())
        columns = [("Always", str)]
        if self.config.get("wide"):
            columns.append(("Wide", int))
            if self.config["other"]:
                columns.append(("Wide and other", int))
        kind = "P" if self.config["other"] else "V"
        columns.append((f"Offset({kind})", int))
        columns.append(("Last", str))
        return renderers.TreeGrid(columns, self._generator())


class Evaluated(Base):
    """Columns that no source shows."""

    expected = ([("Seen", str), ("n3", int)], [], "run")

    def run(self):
        columns = eval("[('Seen', str)]")
        columns.append(("n" + str(len(os.path.basename("abc"))), int))
        return renderers.TreeGrid(columns, self._generator())


def plain(title="Only source"):
    return [(title, str)], [], "source"


class Hangs(Base):
    expected = plain()

    def run(self):
        while self.context:
            try:
                self.config
            except BaseException:
                pass
        return renderers.TreeGrid([("Only source", str)], self._generator())


class Sleeps(Base):
    expected = plain()

    def run(self):
        time.sleep(10**6)
        return renderers.TreeGrid([("Only source", str)], self._generator())


class Leaves(Base):
    expected = plain()

    def run(self):
        os._exit(0)
        return renderers.TreeGrid([("Only source", str)], self._generator())


class Exits(Base):
    expected = plain()

    def run(self):
        if self.context:
            sys.exit("enough")
        return renderers.TreeGrid([("Only source", str)], self._generator())


class Recurses(Base):
    expected = plain()

    def deeper(self):
        return self.deeper()

    def run(self):
        self.deeper()
        return renderers.TreeGrid([("Only source", str)], self._generator())


class Swells(Base):
    expected = plain()

    def run(self):
        everything = bytearray(1 << 44)
        return renderers.TreeGrid([("Only source", str)], self._generator(everything))


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


class Meddles(Base):
    """Does what it may not, and goes on: nothing of it may happen."""

    expected = ([("Refused", str)], [], "both")
    made = os.path.join(HERE, "volint-test-tables3-made")

    def run(self):
        print("this may not be seen")
        for meddle in (
            lambda: open(self.made, "w"),
            lambda: open("/proc/self/environ"),
            lambda: os.mkdir(self.made),
            lambda: os.system("touch " + self.made),
            lambda: subprocess.Popen(["touch", self.made]),
            lambda: os.fork(),
            lambda: os.kill(os.getppid(), 9),
            lambda: socket.create_connection(("127.0.0.1", 9)),
        ):
            try:
                meddle()
            except PermissionError:
                continue
            os._exit(1)
        if len([fd for fd in range(3, 64) if is_open(fd)]) > 1:  # the answer's own
            os._exit(1)
        return renderers.TreeGrid([("Refused", str)], self._generator())


class FromMemory(Base):
    """Columns that are in memory only."""

    expected = ([], [], "")

    def run(self):
        return renderers.TreeGrid([(str(name), str) for name in self.context.modules], self._generator())


@dataclasses.dataclass
class Made:
    one: int
    two: typing.Any

    def shown(self):
        return self.one, self.two or renderers.NotAvailableValue()


class Fields(typing.NamedTuple):
    name: str
    when: datetime.datetime


class Absent(Base):
    """Kinds of absence that come by every way."""

    titles = "Direct Local Helper Hint Object Method Odd Deep Never".split()
    absent = {
        "Direct": ["not-applicable", "unreadable"],
        "Local": ["unparsable"],
        "Helper": ["not-available"],
        "Hint": ["unreadable"],
        "Object": ["unparsable"],
        "Method": ["not-available"],
        "Odd": ["unknown"],
        "Deep": ["not-applicable"],
    }
    tree = True

    def helper(self, value):
        try:
            return 1, value.name
        except ValueError:
            return 2, renderers.NotAvailableValue()

    def fields(self, each):
        return Fields(name=each, when=renderers.UnparsableValue())

    def objects(self):
        for each in self.context.objects:
            yield each, Made(1, each)

    def rows(self):
        for each, made in self.objects():
            local = "text"
            if each:
                local = renderers.UnparsableValue()
            _number, helped = self.helper(each)
            hint = format_hints.HexOrAbsent(each.x if each else renderers.UnreadableValue())
            row = [
                renderers.NotApplicableValue() if each.a else each.b or renderers.UnreadableValue(),
                local,
                helped,
                hint,
                self.fields(each).when,
            ]
            row.append(made.shown()[1])
            row += (ODD,)
            known = {"deep": renderers.NotApplicableValue()}
            row.extend([known["deep"], each.never])
            yield each.level, tuple(row)

    def _generator(self):
        yield from sorted(self.rows())

    def run(self):
        return renderers.TreeGrid([(title, format_hints.Hex if title == "Hint" else str) for title in self.titles], self._generator())


class Looped(Base):
    """Rows that a loop over the columns makes."""

    titles = ["One", "Two"]
    absent = {"Two": ["unreadable"]}
    tree = False

    def _rows(self):
        for each in self.context.objects:
            yield 0, (each, renderers.UnreadableValue())

    def _typed(self, columns, rows):
        for level, row in rows:
            made = []
            for column, value in zip(columns, row):
                made.append(value if isinstance(value, interfaces.renderers.BaseAbsentValue) else column[1](value))
            yield level, made

    def run(self):
        columns = [(title, str) for title in self.titles]
        return renderers.TreeGrid(columns, self._typed(columns, self._rows()))


class Implemented(Base):
    """Rows of data classes, of a function that an attribute holds, with more added to
    them in two ways."""

    titles = ["One", "Two", "Three"]
    absent = {"Two": ["not-available"], "Three": ["unparsable"]}
    tree = False

    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        self.implementation = self.found

    def found(self, context):
        for each in context.objects:
            yield Made(1, each or renderers.NotAvailableValue())

    def _generator(self):
        for made in self.implementation(self.context):
            row = list(dataclasses.astuple(made))
            if self.config["flag"]:
                row.append("text")
            else:
                row += [renderers.UnparsableValue()]
            yield 0, row

    def run(self):
        return renderers.TreeGrid([(title, str) for title in self.titles], self._generator())


class Addresses(Base):
    """Numbers that are addresses, and others."""

    titles = ["Object", "Physical", "Title (P)", "Start", "Both", "Size"]
    addresses = ["virtual", "physical", "physical", "virtual", "", ""]

    def _generator(self):
        for each in self.context.objects:
            _, _, physical, _, _ = list(self.context.layers["x"].mapping(each.vol.offset, 0))[0]
            yield 0, (
                format_hints.Hex(each.vol.offset),
                format_hints.Hex(physical),
                format_hints.Hex(each.where),
                format_hints.Hex(each.vm_start),
                format_hints.Hex(each.vol.offset if each else physical),
                format_hints.Hex(each.size),
            )

    def run(self):
        return renderers.TreeGrid([(title, format_hints.Hex) for title in self.titles], self._generator())
