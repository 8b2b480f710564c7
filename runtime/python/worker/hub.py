"""The worker that stays: it makes Volatility warm once, and has a child of its own run
each command.

Descriptor 3 is a socket to the program, and so is 4. It brings commands (see
passing.py), each a request as main.py describes it, without what all commands have in
common; that came with the bundle. What the hub says on it are lines of JSON:

    {"type": "hello", "python"}
    {"type": "started", "id", "pid"}    the command's child is there
    {"type": "exited", "id", "status"}  it has ended: a status, or a signal below 0
    {"type": "log", "level", "text"}    that no command asked for

What goes wrong before there is a child is told on the command's control channel,
and the command has exited with status 1 then.
"""
import collections
import errno
import gc
import logging
import os
import select
import signal
import sys
import threading

from . import channel, child, failure, lifeline, logs, main, passing
from .failure import Failure

log = logging.getLogger(__name__)

COMMANDS = 3
WARNING = 30
TURN = 1  # seconds that who watches the program has, once there are no more commands


def run(request, bundle):
    """Serves commands until the program goes."""
    hub = Hub(request, bundle)
    try:
        hub.serve()
    except channel.Gone:
        pass
    hub.leave()


class Hub(object):
    def __init__(self, request, bundle):
        self.request, self.bundle = request, bundle
        self.program = lifeline.take()
        self.commands = passing.Commands(COMMANDS)
        # These places are the children's: nothing of the hub's may be there.
        for fd in (channel.FRAMES, channel.CONTROL):
            os.dup2(0, fd)
            channel.keep_from_children(fd)
        self.control = channel.Control(self.commands.fileno())
        # Children notice by the one end that the hub, which has the other, is gone.
        self.alive, self._alive = pipe()
        self._wake, self._waker = pipe()
        self._engine = None
        self._lock = threading.Lock()
        self._groups = set()
        self._lessons = collections.deque()
        self._watcher = lifeline.watch([self.program], self.end, request.get("private", ""))

    def serve(self):
        self.control.send("hello", python="%d.%d.%d" % sys.version_info[:3])
        logs.install(self.control, WARNING)
        while True:
            if not self._rest():
                command = self.commands.receive()
                if command is None:
                    return
                self._command(child.Command(self.request, main.native(command[0]), command[1]))
                logs.install(self.control, WARNING)

    def end(self):
        """Ends all that the hub started, and itself: nobody is there any more."""
        self._end_children()
        lifeline.end_group()

    def leave(self):
        """The same, once no more commands come. Mostly the program has gone: the
        watcher notices that, too, and does what is to be done then."""
        self._watcher.join(TURN)
        self._end_children()
        main.leave(0)

    def _end_children(self):
        """Ends children with what plugins started, which does not end with them."""
        with self._lock:
            for group in self._groups:
                end_group(group)

    # Between commands.

    def _rest(self):
        """Uses the time until the next command; whether none is there yet."""
        busy = self._engine is not None
        while True:
            ready = wait([self.commands, self._wake], 0 if busy else None)
            if self._wake in ready:
                os.read(self._wake, 4096)
            while self._lessons and self._engine is not None:
                self._engine.learn(self._lessons.popleft())
                busy = True
            if self.commands in ready:
                return False
            if busy:
                busy = self._use_time()
                if not busy:
                    # What the last command left in cycles: the collector does not look
                    # by itself, and looks at nothing older now.
                    gc.collect(0)

    def _use_time(self):
        """Has the engine do what it put off; whether there is more. A plugin that calls
        exit() while it is imported costs nobody anything."""
        try:
            return self._engine.idle()
        except channel.Gone:
            raise
        except (Exception, SystemExit) as error:
            log.warning("what was put off can't be done: %s", failure.describe(error))
            return False

    # A command.

    def _command(self, command):
        control = channel.Control(command.control)
        status = main.STATUS_FAILED
        try:
            control.send("hello", python="%d.%d.%d" % sys.version_info[:3])
            cold = self._prepare(command, control)
            self._fork(command, cold)
            status = None
        except channel.Gone:
            status = main.STATUS_GONE
        except Failure as problem:
            told(control, problem)
        except BaseException as error:  # SystemExit too
            told(control, main.unexpected(error))
        command.close()
        if status is not None:
            self.control.send("exited", id=command.id, status=status)
            if self._engine is None:
                # What Volatility made of a start that failed may be in the way of
                # another: the program starts a new worker.
                main.leave(status)

    def _prepare(self, command, control):
        """Makes warm what the command needs; returns why it can't be forked, or None."""
        logs.install(control, command.request["log"])
        if self._engine is None:
            self._engine = main.engine_of(self.request).Engine(self.request, control)
        return self._engine.prepare(command.request, control)

    def _fork(self, command, cold):
        channel.flush_standard_streams()
        pid, lesson, teach = fork()
        if pid == 0:
            os.close(lesson)
            child.run(self, command, cold, teach)  # does not return
        try:
            os.setpgid(pid, pid)  # the child does, too: whoever is first
        except OSError:
            pass
        os.close(teach)
        with self._lock:
            self._groups.add(pid)
        self.control.send("started", id=command.id, pid=pid)
        thread = threading.Thread(target=self._wait, args=(command.id, pid, lesson))
        thread.daemon = True
        try:
            thread.start()
        except Exception:  # there can be no more threads: nobody would wait for it
            end_group(pid)
            self._wait(command.id, pid, lesson)

    def _wait(self, number, pid, lesson):
        """Waits for a child, in a thread of its own."""
        _pid, status = retried(os.waitpid, pid, 0)
        with self._lock:
            end_group(pid)  # what a plugin left behind
            self._groups.discard(pid)
        try:
            self.control.send("exited", id=number, status=exit_status(status))
        except channel.Gone:
            pass
        data = read_all(lesson)
        os.close(lesson)
        if data:
            self._lessons.append(child.lesson_of(data))
            os.write(self._waker, b"!")

    # In a child.

    def leave_to_parent(self):
        """Closes what is the hub's alone."""
        self.commands.close()
        for fd in (self._alive, self._wake, self._waker):
            os.close(fd)
        self._lock = threading.Lock()

    @property
    def engine(self):
        return self._engine


def told(control, problem):
    try:
        control.fail(problem)
    except channel.Gone:
        pass


def fork():
    """Makes a child, and a pipe: (its number, or 0 in the child, and the pipe's ends)."""
    ends = ()
    try:
        ends = pipe()
        return (os.fork(),) + ends
    except OSError as error:
        for fd in ends:
            os.close(fd)
        raise Failure(
            "worker-died",
            "the command's process can't be started: %s" % error.strerror,
            "close files or end processes, and try again",
        )


def pipe():
    ends = os.pipe()
    for fd in ends:
        channel.keep_from_children(fd)
    return ends


def wait(files, seconds):
    return retried(select.select, files, [], [], seconds)[0]


def retried(call, *args):
    """Calls again what a signal interrupted: Python 2 leaves that to its users."""
    while True:
        try:
            return call(*args)
        except (EnvironmentError, select.error) as error:
            if error.args[0] != errno.EINTR:
                raise


def exit_status(status):
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def end_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:  # nobody is left in it
        pass


def read_all(fd):
    parts = []
    # What a plugin left behind may hold the other end: what is there now counts.
    while wait([fd], 0):
        part = retried(os.read, fd, 1 << 16)
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
