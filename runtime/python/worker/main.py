"""Runs one request and says how it went.

A request is a dictionary:

    action    "run", "table" (the rows as Volatility's JSON has them: no message is
              needed), "inspect" (what is there: symbols, profiles), "options" (which
              ones the plugin takes; all plugins, where none is named), "tables" (the
              same of the columns of its table), "fitting" (which plugins are for the
              system that the memory is of), or "hub" (run the commands that come, as
              hub.py says)
    version   2 or 3, the Volatility that is wanted
    image     the path of the memory image, or of a socket that serves memory
    name      what the user calls it
    message   the full protobuf name of the message that the rows are
    plugin    the exact name of the plugin, or "" to find it by the message
    args      the plugin's own options, as on Volatility's command line
    profile   Volatility 2's profile
    plugins   folders of plugins (and profiles)
    symbols   folders of symbol files, for Volatility 3
    cache     the folder for Volatility 3's index of symbol files
    store     the folder for what is kept from one process to the next, or ""; see
              store.py
    store_limit  how large it may become, in bytes
    identity  a name for what the dump holds, by which facts about it are kept, or "":
              for memory that changes, or that nothing can be told of
    files     the folder for files that the plugin writes, or "": where there is none, it
              is made for the first one
    files_limit  how many bytes these may have together; 0 is a limit all the same
    strict    whether a column that the plugin lacks is an error
    log       the least level of Python's logging that is sent
    memory    the name of the drop-in that reads the socket, or ""
    private   the folder of a socket that is the caller's own, or "": it is removed
              where the caller is gone
    pause     whether the guest is to stand while its memory is read
    hold      for how many milliseconds at most; 0 leaves that to the server
    cold      why the command has a process of its own, where that is not the way
    memory_limit  how many bytes of memory a child may take; 0 is no limit
    dropins   the names of the generated modules, and of that one

On the control channel the first record is {"type": "hello"}; the last is
{"type": "end", ...} after success and {"type": "error", ...} after anything else.
"inspect" sends {"type": "inspect"} before; "options" sends {"type": "options"}, and
"tables" {"type": "table", "table": ...}, for each plugin: what package session's
PluginOptions and PluginTable are; "fitting" sends {"type": "fitting"}, its Fitting. The exit status is 0 only beside an end record.
"""
import atexit
import os
import signal
import sys
import time

from . import channel, failure, lifeline, logs, memory
from .failure import Failure

STATUS_FAILED = 1
STATUS_GONE = 3


def main(bundle):
    """Does what the bundle asks for; does not return."""
    # A program that ignores it hands that down, and then nobody is told how a process
    # of his has ended.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Times that name no zone count as UTC, and some plugins take theirs from here.
    os.environ["TZ"] = "UTC"
    time.tzset()
    request = native(bundle["request"])
    if request["action"] == "hub":
        from . import hub

        hub.run(request, bundle)
    channel.keep_from_children(channel.FRAMES)
    channel.keep_from_children(channel.CONTROL)
    lifeline.watch([lifeline.take()], private=request.get("private", ""))
    control = channel.Control(channel.CONTROL)
    frames = channel.Frames(channel.FRAMES)
    if "cold" not in request:
        control.send("hello", python="%d.%d.%d" % sys.version_info[:3])
    try:
        status = serve(request, control, frames)
    except channel.Gone:
        status = STATUS_GONE
    leave(status)


def native(value):
    """A value of JSON with its text as this Python's str: Python 2's libraries
    stumble over unicode."""
    if isinstance(value, list):
        return [native(item) for item in value]
    if isinstance(value, dict):
        return dict((native(key), native(item)) for key, item in value.items())
    if str is bytes and not isinstance(value, (str, int, bool, type(None))):
        return value.encode("utf-8")
    return value


def serve(request, control, frames, engine=None):
    """Runs the request and reports. Rows that were written before an error are
    sent before it is told. engine is the warm one that a forked child has."""
    try:
        try:
            end = perform(request, control, frames, engine)
        finally:
            frames.flush()
    except channel.Gone:
        raise
    except Failure as problem:
        control.fail(problem)
        return STATUS_FAILED
    except BaseException as error:  # SystemExit too: a plugin may call exit()
        control.fail(unexpected(error))
        return STATUS_FAILED
    control.send("end", **dict(end, cold=request.get("cold", "")))
    return 0


def perform(request, control, frames, engine=None):
    logs.install(control, request["log"])
    try:
        if engine is not None:
            memory.connect_child()
            return engine.run(request, control, frames)
        engine = engine_of(request)
        if request["action"] == "inspect":
            control.send("inspect", **engine.inspect(request, control))
            return {}
        return engine.run(request, control, frames)
    finally:
        memory.finish(request)


def engine_of(request):
    """The module that runs the version of Volatility that is wanted."""
    check_interpreter(request["version"])
    if request["version"] == 3:
        from . import engine3 as engine
    else:
        from . import engine2 as engine
    return engine


def check_interpreter(version):
    have = "%d.%d" % sys.version_info[:2]
    if version == 3 and sys.version_info < (3, 8):
        raise Failure(
            "no-volatility",
            "Volatility 3 does not run under Python %s (%s)" % (have, sys.executable),
            "give a Python 3.9 or later that has Volatility 3 with --python or VOLINT_PYTHON, "
            "or ask for Volatility 2 with --volatility 2",
        )
    if version == 2 and sys.version_info >= (3,):
        raise Failure(
            "no-volatility",
            "Volatility 2 does not run under Python %s (%s)" % (have, sys.executable),
            "give a Python 2.7 that has Volatility 2 with --python or VOLINT_PYTHON",
        )


def unexpected(error):
    if isinstance(error, MemoryError):
        return failure.out_of_memory("the command")
    what = failure.describe(error)
    if isinstance(error, SystemExit):
        what = "it called exit(%s)" % (error.code,)
    return Failure(
        "plugin-failed",
        "the command failed: " + what,
        "it may not know this kernel, or the image may not be whole",
        failure.current_traceback(),
    )


def leave(status):
    """Ends the process at once: what Volatility built up in memory takes long to
    take down, and nobody waits for it."""
    try:
        run_exit_functions = atexit._run_exitfuncs
        run_exit_functions()
    except BaseException:  # whatever a plugin left there
        pass
    channel.flush_standard_streams()
    os._exit(status)
