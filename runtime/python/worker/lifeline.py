"""Ends the worker when the program that started it is gone.

The program holds the other end of the worker's standard input and never writes
to it after the request. However that program ends, killed too, the kernel closes
its end, and a read here returns.
"""
import os
import shutil
import signal
import threading


def end_group():
    """Ends this process and whatever it started."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def watch(fd=0, end=end_group, private=""):
    """Watches fd, and gives plugins an empty standard input in its place. The folder
    private is removed when the program is gone, which can't any more."""
    from .channel import keep_from_children

    line = os.dup(fd)
    keep_from_children(line)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, fd)
    os.close(empty)

    def wait():
        try:
            while os.read(line, 4096):
                pass
        except OSError:
            pass
        if private:
            shutil.rmtree(private, ignore_errors=True)
        end()

    thread = threading.Thread(target=wait, name="lifeline")
    thread.daemon = True
    thread.start()
    return thread
