"""Runs processes and measures them: time, the first line, memory, bytes of the image."""

import collections
import concurrent.futures
import contextlib
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time

class Failed(Exception):
    """A process ended badly."""


# Seconds to the end and to the first line of standard output.
Times = collections.namedtuple("Times", "whole first")


def timed(command, environment, may_fail=False):
    start = time.monotonic()
    with started(command, environment, subprocess.PIPE) as process:
        first = process.stdout.readline()
        after = time.monotonic() - start
        while first.strip() in (b"", b"[", b"{") and (first := process.stdout.readline()):
            after = time.monotonic() - start
        while process.stdout.read(1 << 20):
            pass
    whole = time.monotonic() - start
    check(command, process, may_fail)
    return Times(whole, after)


def output(command, environment):
    """What a process prints."""
    with started(command, environment, subprocess.PIPE) as process:
        text = process.stdout.read()
    check(command, process, False)
    return text.decode()


@contextlib.contextmanager
def started(command, environment, stdout):
    with tempfile.TemporaryDirectory() as folder:  # what plugins write goes there
        with subprocess.Popen([str(part) for part in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=stdout, stderr=subprocess.DEVNULL) as process:
            yield process


def check(command, process, may_fail):
    if process.returncode and not may_fail:
        raise Failed(f"{' '.join(map(str, command))} ended with {process.returncode}")


def side_by_side(commands, environment, jobs):
    """Runs all commands, so many at once, and returns how long all took."""
    left = iter(commands)
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                command = next(left, None)
            if command is None:
                return
            timed(command, environment, may_fail=True)

    start = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - start


class Memory:
    """The most memory that a process and those below it have at once, in bytes, pages
    that several share counted once."""

    EVERY = 0.02

    def __init__(self, pid):
        self.pid, self.peak, self.done = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def watch(self):
        while not self.done.wait(self.EVERY):
            self.peak = max(self.peak, sum(map(proportional, below(self.pid))))


def below(pid):
    """A process and its descendants."""
    children = collections.defaultdict(list)
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            children[int(path.read_text().rpartition(")")[2].split()[1])].append(int(path.parent.name))
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += children[found[-1]]
    return found


def proportional(pid):
    """The proportional set size: of shared memory each process has its part."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.M)
    return int(found[1]) << 10 if found else 0


def peak(command, environment):
    with started(command, environment, subprocess.DEVNULL) as process, Memory(process.pid) as memory:
        process.wait()
    check(command, process, False)
    return memory.peak


def read_of(image, command, environment, talk):
    """How many bytes of a file a process and those below it read, by strace, and whether
    they map it. talk runs what it is given."""
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder) / "trace"
        strace = ["strace", "-f", "-qq", "-o", trace, "-P", image, "-e", "trace=read,pread64,readv,preadv,mmap"]
        talk([*strace, *command])
        text = trace.read_text()
    return sum(int(n) for n in re.findall(r"(?:read|pread64|readv|preadv)\(.*\) = (\d+)$", text, re.M)), "mmap(" in text


def read_by_all(image, commands, environment, jobs):
    """The same of many commands together."""
    def one(command):
        return read_of(image, command, environment, lambda line: output(line, environment))

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        each = list(pool.map(one, commands))
    return sum(count for count, _ in each), any(mapped for _, mapped in each)
