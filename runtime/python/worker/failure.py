"""What goes wrong, in words for the person who ran the command."""
import traceback

from . import limits

# Detail beyond this says nothing more, and Volatility's tracebacks can be long.
DETAIL_LIMIT = 64 << 10


class Failure(Exception):
    """An error with a code that programs can rely on, and what to do about it.

    The codes are those of session.Error in Go.
    """

    def __init__(self, code, message, hint="", detail=""):
        Exception.__init__(self, message)
        self.code = code
        self.message = message
        self.hint = hint
        self.detail = detail


def out_of_memory(what):
    """What a MemoryError says, which is being handled."""
    limits.lift()
    return Failure(
        "out-of-memory",
        what + " ran out of memory",
        "let it take more (--memory-limit), narrow it by its options, or run it where there is more",
        current_traceback(),
    )


def one_line(text, limit=400):
    """Text on one line, cut where it is too long to be read."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def printable(text):
    """Text of the guest with what a terminal would act on written out."""
    return "".join(char if 32 <= ord(char) < 127 else "\\x%02x" % ord(char) for char in text)


def describe(error):
    """An exception on one line: its class and what it says."""
    name = type(error).__name__
    try:
        text = one_line(str(error))
    except Exception:  # a __str__ of Volatility's that fails
        text = ""
    return name + ": " + text if text else name


def current_traceback():
    """The traceback of the exception that is being handled, its end at least."""
    return traceback.format_exc()[-DETAIL_LIMIT:]
