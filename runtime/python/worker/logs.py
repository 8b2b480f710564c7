"""Sends what Volatility logs over the control channel."""
import logging

from .channel import Gone


class Handler(logging.Handler):
    def __init__(self, control):
        logging.Handler.__init__(self)
        self._control = control

    def emit(self, record):
        try:
            text = record.getMessage()
        except Exception:  # a format string that does not fit its arguments
            text = str(record.msg)
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        try:
            self._control.log(level_of(record.levelno), record.name + ": " + text)
        except Gone:  # Volatility would take it for an error of its own, and find nothing
            pass


def level_of(number):
    """A Python level as one of the names of Go's log/slog."""
    for name, least in (("error", logging.ERROR), ("warn", logging.WARNING), ("info", logging.INFO)):
        if number >= least:
            return name
    return "debug"


def install(control, level):
    """Makes the handler the root logger's only one."""
    root = logging.getLogger()
    root.handlers[:] = [Handler(control)]
    root.setLevel(level)
