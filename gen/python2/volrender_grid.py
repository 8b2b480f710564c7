"""Which commands of Volatility 2 have a table of their own. The worker has this module
too."""
import volatility.commands as commands

# Commands whose table is another's, and has their rows all the same.
_FITS = ("linux_yarascan", "mac_yarascan")


def has_grid(cls):
    """Whether a class of commands has a unified_output that is for its rows.

    Many commands derive from others, and some of these only for what that one can do:
    they find other things and write them in a way of their own, and the other's
    unified_output fails on what they found.
    """
    mro = cls.__mro__
    grid, found, written = (_level(mro, name) for name in ("unified_output", "calculate", "render_text"))
    if mro[grid] is commands.Command:
        return False
    return not (found < grid and written < grid) or cls.__name__.lower() in _FITS


def _level(mro, name):
    """How far up the class is that has a method; the furthest where none has it."""
    return next((i for i, each in enumerate(mro) if name in vars(each)), len(mro) - 1)
