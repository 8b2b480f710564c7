"""Stops Volatility in the middle of a listing of processes, until a test lets it go on.

VOLINT_TEST_GATE is a folder: the file `reached` appears in it, and `open` is waited
for. A plugin folder that holds this file serves both versions of Volatility.
"""
import os
import time

FOLDER = os.environ["VOLINT_TEST_GATE"]
# How many processes are listed before.
BEFORE = 20


def gated(tasks):
    for number, task in enumerate(tasks):
        if number == BEFORE:
            open(os.path.join(FOLDER, "reached"), "w").close()
            while not os.path.exists(os.path.join(FOLDER, "open")):
                time.sleep(0.02)
        yield task


try:
    from volatility3.plugins.linux.pslist import PsList
except ImportError:
    from volatility.plugins.linux.pslist import linux_pslist

    inner = linux_pslist.allprocs
    linux_pslist.allprocs = lambda self: gated(inner(self))
else:
    inner = PsList.list_tasks.__func__
    PsList.list_tasks = classmethod(lambda cls, *args, **options: gated(inner(cls, *args, **options)))
