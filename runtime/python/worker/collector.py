"""Python's collector of cycles, kept from looking at what is loaded.

It would look at all of it again and again while plugins and symbols are loaded (four
fifths of the time that takes), and touch all memory that a forked child shares with
its parent.
"""
import contextlib
import gc

# What runs a command looks after so many new objects that stay: most commands are
# done before.
LATE = 1000000


def stop():
    """Collects nothing any more: to be called before much is loaded."""
    gc.disable()


def start():
    """Lets the collector work in a process that runs a command."""
    gc.set_threshold(gc.get_count()[0] + LATE, 10, 10)  # it has counted all the time
    gc.enable()


@contextlib.contextmanager
def paused():
    """Spares it objects that are being made, none of which can be garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
