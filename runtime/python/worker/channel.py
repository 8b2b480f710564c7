"""The two ways out of the worker: frames, and everything else.

Frames go to one descriptor; log lines, progress, warnings, errors and the end
record go to another, one JSON object a line. Neither is standard output, where
plugins print what they like.
"""
import errno
import json
import os
import sys
import threading
import time

FRAMES = 3
CONTROL = 4


class Gone(Exception):
    """Nobody reads what the worker writes: there is no more reason to run."""


def keep_from_children(fd):
    """Keeps fd out of programs that a plugin starts: a reader sees the end of a
    pipe only when the last process that holds it lets go."""
    import fcntl

    fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.fcntl(fd, fcntl.F_GETFD) | fcntl.FD_CLOEXEC)


def write_all(fd, data):
    view = memoryview(data)
    while len(view):
        try:
            view = view[os.write(fd, view) :]
        except OSError as error:
            if error.errno == errno.EINTR:
                continue
            if error.errno in (errno.EPIPE, errno.ECONNRESET):
                raise Gone()
            raise


class Frames(object):
    """Writes frames. A few are sent together, but none waits long for the next:
    the reader sees rows while the command still runs."""

    SIZE = 32 << 10
    SECONDS = 0.02

    def __init__(self, fd, clock=time.time):
        self._fd = fd
        self._clock = clock
        self._parts = []
        self._size = 0
        self._sent = 0.0

    def write(self, data):
        self._parts.append(data)
        self._size += len(data)
        if self._size >= self.SIZE or self._clock() - self._sent >= self.SECONDS:
            self.flush()

    def flush(self):
        data, self._parts, self._size = b"".join(self._parts), [], 0
        if data:
            write_all(self._fd, data)
        self._sent = self._clock()


def text(value):
    """Any text as unicode that JSON can carry."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def cleaned(value):
    """A record's value with all its text as unicode."""
    if isinstance(value, dict):
        return dict((key, cleaned(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return [cleaned(item) for item in value]
    return text(value)


class Control(object):
    """Writes records. Any thread may."""

    PROGRESS_SECONDS = 0.1

    def __init__(self, fd, clock=time.time):
        self._fd = fd
        self._lock = threading.Lock()
        self._clock = clock
        self._progressed = 0.0
        self._progress = None

    def send(self, kind, **fields):
        line = json.dumps(cleaned(dict(fields, type=kind)), sort_keys=True)
        if not isinstance(line, bytes):
            line = line.encode("ascii")
        with self._lock:
            write_all(self._fd, line + b"\n")

    def log(self, level, message):
        self.send("log", level=level, text=message)

    def warn(self, message):
        self.send("warning", text=message)

    def progress(self, percent, what=None):
        """Volatility's progress callback. Scanners call it for every page."""
        now = self._clock()
        if what == self._progress and now - self._progressed < self.PROGRESS_SECONDS:
            return
        self._progress, self._progressed = what, now
        self.send("progress", percent=float(percent), text=what or "")

    def fail(self, failure):
        self.send(
            "error",
            code=failure.code,
            message=failure.message,
            hint=failure.hint,
            detail=failure.detail,
        )


def flush_standard_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # a plugin closed it, or nobody reads it
            pass
