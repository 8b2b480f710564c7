"""Python's collector of cycles, kept from looking at what is loaded.

It would look at all of it again and again while plugins and symbols are loaded (four
fifths of the time that takes), and touch all memory that a forked child shares with
its parent.
"""
import gc

# A process that has looked at nothing yet looks after so many new objects: most
# commands are done before.
LATE = 1000000


def stop():
    """Collects nothing any more: to be called before much is loaded."""
    gc.disable()


def look():
    """Looks at everything once, which children need not do then."""
    gc.collect()


def start(looked):
    """Lets the collector work in a process that runs a command; looked says whether
    look was called since much was loaded."""
    gc.set_threshold(10000 if looked else LATE, 10, 10)
    gc.enable()
