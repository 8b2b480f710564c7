"""The columns that plugins name when they are run without memory.

A plugin's run() is code of anybody's. It runs in a child that may not write, connect or
start anything, with a limit on its time and memory; one that ends the child costs its
own answer.
"""
import builtins
import json
import logging
import os
import select
import signal
import sys

from . import failure, lifeline, limits, options3, stub3

log = logging.getLogger(__name__)

# What a plugin may take: processor seconds and bytes; and the seconds after which the
# child is given up, on a machine that has other things to do.
SECONDS, BYTES, PATIENCE = 2.0, 1 << 30, 60.0


def ask(plugins):
    """What plugins say, by name: a list of tables, one for each set of options, of
    [title, module of the type, its name] lists. plugins are (name, class) pairs. The
    types are told by name, since the plugins run elsewhere."""
    found, left = {}, list(plugins)
    while left:
        answered = _ask(left, found)
        if answered < len(left):
            log.debug("%s could not be asked for its columns", left[answered][0])
        left = left[answered + 1 :]
    return found


def _ask(plugins, found):
    """Asks a child about plugins in turn; how many have answered."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            lifeline.end_with_parent()
            _answer(plugins, writing)
        finally:
            os._exit(0)
    os.close(writing)
    count = 0
    try:
        for line in lines(reading):
            found[plugins[count][0]] = json.loads(line)
            count += 1
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return count


def lines(fd):
    """Whole lines, until there is an end or none comes for long."""
    rest = b""
    while select.select([fd], [], [], PATIENCE)[0]:
        part = os.read(fd, 1 << 16)
        if not part:
            return
        whole = (rest + part).split(b"\n")
        rest = whole.pop()
        for line in whole:
            yield line.decode("utf-8")


# In the child.


def _answer(plugins, fd):
    from volatility3.framework.configuration import requirements

    quiet(fd)
    limits.memory(BYTES)
    signal.signal(signal.SIGVTALRM, too_long)
    with os.fdopen(fd, "wb") as out:
        sys.addaudithook(Guard())
        for name, plugin in plugins:
            try:
                tables = tables_of(plugin, requirements)
            except BaseException as error:  # whatever it likes to raise
                log.debug("%s has no columns without memory: %s", name, failure.describe(error))
                tables = []
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            out.write(json.dumps(tables).encode("utf-8") + b"\n")
            out.flush()


def quiet(kept):
    """Lets nothing that is printed, logged or read reach anybody: of the descriptors one
    is kept."""
    logging.disable(logging.CRITICAL)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    for fd in [int(name) for name in os.listdir("/dev/fd")]:
        if fd > 2 and fd != kept:
            try:
                os.close(fd)
            except OSError:  # that of the folder itself
                pass
    sys.stdin = open(0, closefd=False)
    builtins.input = lambda *_args: ""


class TooLong(BaseException):
    pass


def too_long(_signal, _frame):
    # Again, for who catches everything.
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)
    raise TooLong()


class Guard(object):
    """Refuses what a plugin without memory has no business with."""

    FORBIDDEN = frozenset(
        "socket subprocess shutil tempfile ftplib http imaplib nntplib poplib smtplib telnetlib urllib webbrowser "
        "sqlite3 ctypes mmap signal syslog fcntl pty winreg".split()
    )
    # Of the module os; `open` is looked at more closely.
    READING = frozenset(["os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.listxattr", "os.getxattr"])

    def __call__(self, event, arguments):
        if event == "open":
            self._open(*arguments)
        elif event.startswith("os.") and event not in self.READING:
            raise PermissionError("a plugin without memory may not do that: " + event)
        elif event.partition(".")[0] in self.FORBIDDEN:
            raise PermissionError("a plugin without memory may not do that: " + event)

    def _open(self, path, _mode, flags):
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or not str(path).endswith((".py", ".pyc", ".so")):
            raise PermissionError("a plugin without memory may not open files: %s" % (path,))


def tables_of(plugin, requirements):
    found = []
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    for values in stub3.settings(plugin, requirements, options3.is_option):
        try:
            grid = without_memory(plugin, values).run()
            table = [[column.name, column.type.__module__, column.type.__qualname__] for column in grid.columns]
        except TooLong:
            break
        except (Exception, SystemExit):  # as it may without memory
            continue
        if table not in found:
            found.append(table)
    return found


def without_memory(plugin, values):
    """An object of a plugin's class that was not made, and has anything that it asks
    for. The class is this process's to change."""
    configuration = stub3.Configuration(values)
    plugin.config = plugin.context = None
    plugin.config = property(lambda _self: configuration, lambda _self, _value: None)
    plugin.context = property(lambda _self: stub3.Anything(), lambda _self, _value: None)
    plugin.__getattr__ = lambda _self, name: stub3.Anything()
    made = object.__new__(plugin)
    made._context, made._config_path, made._file_handler = stub3.Anything(), "", stub3.Anything()
    return made
