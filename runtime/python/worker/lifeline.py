"""Ends a process of the worker's when those are gone that it works for.

The program holds the other end of the worker's standard input and never writes
to it after the request. However that program ends, killed too, the kernel closes
its end, and there is an end to be read here. A forked child has, besides, a pipe
whose other end the hub holds.
"""
import ctypes
import os
import select
import shutil
import signal
import threading

from .channel import keep_from_children


def end_group():
    """Ends this process and whatever it started."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def take(fd=0):
    """The line that fd is, as a descriptor of its own; plugins get an empty standard
    input in its place."""
    line = os.dup(fd)
    keep_from_children(line)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, fd)
    os.close(empty)
    return line


def watch(lines, end=end_group, private=""):
    """Calls end once one of the lines has ended. The folder private is removed before:
    the program can't any more."""

    def wait():
        poll = select.poll()
        for line in lines:
            poll.register(line, select.POLLIN)
        while not any(ended(line) for line, _event in wait_for(poll)):
            pass
        if private:
            shutil.rmtree(private, ignore_errors=True)
        end()

    thread = threading.Thread(target=wait, name="lifeline")
    thread.daemon = True
    thread.start()
    return thread


def wait_for(poll):
    try:
        return poll.poll()
    except (EnvironmentError, select.error):  # interrupted, under Python 2
        return []


def ended(line):
    try:
        return not os.read(line, 4096)
    except EnvironmentError:
        return True


def end_with_parent():
    """Has the system kill this process when its parent ends: Python may have no turn to
    notice, in a regular expression for instance."""
    try:
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)
    except Exception:  # a system without it: the lifeline has to do
        pass
