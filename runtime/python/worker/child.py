"""A command in a process of its own: forked from the hub, or started anew where that
is not safe."""
import fcntl
import json
import os
import sys
import tempfile

from . import channel, failure, lifeline, limits, main
from .failure import Failure

# The most that a lesson may be: it must fit into a pipe that nobody reads yet.
LESSON = 60 << 10


class Command(object):
    """A command as the hub gets it."""

    def __init__(self, common, request, descriptors):
        self.request, self.id = dict(common, **request), request["id"]
        self.frames, self.control, self.output = self.descriptors = descriptors
        for fd in descriptors:
            channel.keep_from_children(fd)

    def close(self):
        for fd in self.descriptors:
            os.close(fd)

    def take_places(self):
        """Has the descriptors where a worker of its own has them; the hub keeps these
        places free."""
        for fd, place in zip(self.descriptors, (channel.FRAMES, channel.CONTROL, 1)):
            os.dup2(fd, place)
        os.dup2(1, 2)
        self.close()
        channel.keep_from_children(channel.FRAMES)
        channel.keep_from_children(channel.CONTROL)


def run(hub, command, cold, teach):
    """What the child does: it does not return."""
    try:
        os.setpgid(0, 0)
        command.take_places()
        hub.leave_to_parent()
        limit = command.request.get("memory_limit", 0)
        if cold is not None:
            limits.memory(limit)
            try:
                start_anew(hub, command, cold)
            except EnvironmentError as error:
                channel.Control(channel.CONTROL).fail(not_started(error))
        lifeline.end_with_parent()
        lifeline.watch([hub.program, hub.alive])
        # Not before there is the thread: where that finds no memory for its first steps,
        # Python waits for it for ever.
        limits.memory(limit)
        main.leave(perform(hub.engine, command, teach))
    except BaseException:  # nothing may reach the hub's own code, further up
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(main.STATUS_FAILED)


def perform(engine, command, teach):
    control, frames = channel.Control(channel.CONTROL), channel.Frames(channel.FRAMES)
    try:
        status = main.serve(command.request, control, frames, engine)
    except channel.Gone:
        return main.STATUS_GONE
    if status == 0:
        give_lesson(engine, teach)
    return status


def give_lesson(engine, teach):
    try:
        data = json.dumps(engine.lesson()).encode("ascii")
        if len(data) <= LESSON:
            # Who has many pipes gets small ones, and the hub reads once this has ended.
            fcntl.fcntl(teach, fcntl.F_SETFL, fcntl.fcntl(teach, fcntl.F_GETFL) | os.O_NONBLOCK)
            os.write(teach, data)
    except Exception:  # the command has ended well, which is what counts
        pass


def lesson_of(data):
    try:
        return main.native(json.loads(data.decode("ascii")))
    except ValueError:  # the child was killed while it wrote, or there was no room
        return {}


# As in package session's bootCode, but that the bundle is in a file: standard input is
# the program's line already.
CODE = """import os, sys
sys.path[:] = [path for path in sys.path if path]
stdin = os.fdopen(%d, "rb")
exec(compile(stdin.read(int(stdin.readline())), "volint/worker/boot.py", "exec"))
"""


def not_started(error):
    return Failure(
        "worker-died",
        "no process of its own can be started for the command: %s" % failure.describe(error),
        "is there room for a temporary file (TMPDIR), and memory?",
    )


def start_anew(hub, command, reason):
    """Makes this process a fresh Python that runs the command alone."""
    request = dict(command.request, cold=reason)
    bundle = tempfile.TemporaryFile()
    for part in (hub.bundle["boot"], json.dumps(dict(hub.bundle, request=request))):
        part = part if isinstance(part, bytes) else part.encode("utf-8")
        bundle.write(b"%d\n" % len(part) + part)
    bundle.seek(0)
    lifeline.end_with_parent()
    for fd in (channel.FRAMES, channel.CONTROL, bundle.fileno()):
        fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.fcntl(fd, fcntl.F_GETFD) & ~fcntl.FD_CLOEXEC)
    os.dup2(hub.program, 0)
    os.execv(sys.executable, [sys.executable, "-c", CODE % bundle.fileno()])
