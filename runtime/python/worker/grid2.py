"""Which commands of Volatility 2 have a table of their own."""
import volatility.commands as commands

# Commands whose table is another's, and has their rows all the same.
FITS = ("linux_yarascan", "mac_yarascan")


def has_grid(cls):
    """Whether a class of commands has a unified_output that is for its rows.

    Many commands derive from others, and some of these only for what that one can do:
    they find other things and write them in a way of their own, and the other's
    unified_output fails on what they found.
    """
    mro = cls.__mro__
    at, found, written = (level(mro, name) for name in ("unified_output", "calculate", "render_text"))
    if mro[at] is commands.Command:
        return False
    return not (found < at and written < at) or cls.__name__.lower() in FITS


def level(mro, name):
    """How far up a method is from; all classes of commands have it, or their base."""
    return next((i for i, each in enumerate(mro) if name in vars(each)), len(mro))
