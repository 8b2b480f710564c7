"""What a command says of its own table, under Volatility 2: unified_output is called
with nothing to show, and no row of it is asked for.

Options may change the columns. The command is asked again with each option that it
looked at set the other way, alone and beside those before.
"""
import __builtin__
import contextlib
import signal
import socket
import sys

import volatility.renderers as renderers
import volatility.utils as utils

from . import diagnose2, failure

# How often a command is asked, and for how long: what looks at many options would ask
# for all their combinations.
MOST = 32
SECONDS = 10


class Nothing(object):
    """Stands for memory and all that can be reached in it: it is false, and empty."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_args, **_named):
        return self

    __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = __and__ = __or__ = __call__

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __int__(self):
        return 0

    __index__ = __long__ = __hash__ = __int__

    def __str__(self):
        return ""

    def __eq__(self, other):
        return other is self or other is None

    def __ne__(self, other):
        return not self == other


class Config(object):
    """Volatility's configuration, with some options set, which notes those that are
    looked at."""

    def __init__(self, config, changed):
        self.__dict__.update(_config=config, _changed=changed, looked_at=[])

    def __getattr__(self, name):
        value = getattr(self._config, name)
        if callable(value) and not isinstance(value, type):
            return value  # a method
        option = name.lower()
        if option in self._changed:
            return other(value)
        self.looked_at.append(option)
        return value

    def __setattr__(self, name, value):
        pass


def other(value):
    """A value of the other truth. Text is a folder that is there."""
    if value:
        return type(value)() if isinstance(value, (bool, int, long, str)) else None  # noqa: F821 - Python 2
    return "/" if value is None or isinstance(value, str) else True


class Asked(object):
    """grids are the tables, the one without options first. refused is what the command
    said where it gave none."""

    def __init__(self, command):
        self.grids, self.refused = [], ""
        config, tried, wanted = command._config, set(), [()]
        try:
            with sealed():
                while wanted and len(tried) < MOST:
                    changed = wanted.pop(0)
                    if frozenset(changed) in tried:
                        continue
                    tried.add(frozenset(changed))
                    command._config = Config(config, changed)
                    self._ask(command)
                    wanted += [changed + (option,) for option in command._config.looked_at if option not in changed]
        finally:
            command._config = config

    def _ask(self, command):
        try:
            grid = command.unified_output(Nothing())
        except (Exception, SystemExit) as error:
            said = isinstance(error, diagnose2.Stopped) and error.message
            self.refused = self.refused or failure.one_line(said or failure.describe(error))
            return
        if isinstance(grid, renderers.TreeGrid):
            self.grids.append(grid)


class Slow(diagnose2.Stopped):
    """It took too long."""


@contextlib.contextmanager
def sealed():
    """Keeps what runs from memory, files, the network and the terminal, and ends it when
    it takes too long."""

    def forbidden(*_args, **_named):
        raise IOError("not while a table's columns are asked for")

    def slow(*_args):
        raise Slow("it took longer than %d seconds" % SECONDS)

    patches = [(utils, "load_as", Nothing()), (sys, "stdout", Nothing()), (socket, "socket", forbidden)]
    patches += [(__builtin__, "open", forbidden), (__builtin__, "file", forbidden)]
    before = [getattr(module, name) for module, name, _ in patches]
    alarm = signal.signal(signal.SIGALRM, slow)
    signal.alarm(SECONDS)
    try:
        for module, name, value in patches:
            setattr(module, name, value)
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, alarm)
        for (module, name, _), value in zip(patches, before):
            setattr(module, name, value)
