"""What fields of several values, and of messages, make of a value's parts.

Works under Python 2.7 and 3.
"""
from . import volrender_decode as decoding
from . import volrender_values as values
from .volrender_scalars import Field
from .volrender_values import MISSING, Absent, Lost
from .volrender_wire import LENGTH

# The most parts that one value of a row may have: what a guest links in a ring must
# not keep a command busy for ever.
PARTS = 1 << 18
FULL = "more than %d parts" % PARTS


class Losses(object):
    """Takes the place of a report for the parts of one value, and counts levels.

    What is lost in a message is told as FIELD.PART, whatever lies between the two.
    """

    def __init__(self, report, name):
        self.report, self.name = report, name
        self.level, self.count, self.parts = 0, 0, 0

    def lose(self, name, reason):
        self.count += 1
        self.report.lose("%s.%s" % (self.name, name) if self.level else self.name, reason)

    def note(self, name, matter):
        self.report.note("%s.%s" % (self.name, name) if self.level else self.name, matter)

    def room(self):
        """Whether there may be one part more."""
        self.parts += 1
        return self.parts <= PARTS

    def enter(self):
        """Goes a level deeper, into a message; leave comes back."""
        if self.level >= decoding.LIMIT:
            raise Lost("more than %d messages in one another" % decoding.LIMIT)
        self.level += 1

    def leave(self):
        self.level -= 1


class Parts(Field):
    """What a field of several values and one of a message have in common."""

    wire_type, zero = LENGTH, None

    def value(self, value, report):
        if value is MISSING:
            return None
        losses = report if isinstance(report, Losses) else Losses(report, self.name)
        try:
            return None if _absent(value) else self.build(value, losses)
        except Exception as error:
            losses.lose(self.name, values.lost_by(error).reason)
            return None

    def absence(self, value):
        if value is MISSING:
            return values.NOT_AVAILABLE.code
        try:
            return values.read(value).code if _absent(value) else 0
        except Exception as error:
            return values.lost_by(error).absent.code

    def build(self, value, losses):
        """What encode takes, for a value that is there. What can't be written of it
        is told to losses; Lost where nothing can."""
        raise NotImplementedError

    def part(self, field, value, losses):
        """The value of a part; a part that has none is lost."""
        before = losses.count
        value = field.value(value, losses)
        if value is None and losses.count == before:
            losses.lose(field.name, "a part without a value")
        return value

    def each(self, value, losses, take):
        """Calls take with each value in one. What an iterator gave before it failed
        stays."""
        try:
            for item in items(value):
                if not losses.room():
                    raise Lost(FULL)
                take(item)
        except Exception as error:
            losses.lose(self.name, values.lost_by(error).reason)


def _absent(value):
    """Whether a value is one of those that stand for none."""
    if isinstance(value, values.Failed):
        raise values.lost_by(value.error)
    try:
        return isinstance(values.read(value), Absent)
    except Lost:
        return False


def items(value):
    """The values in one, which is one itself if it is no collection."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    if isinstance(value, dict) or _plain(value):
        return (value,)
    try:
        return iter(value)
    except TypeError:
        return (value,)


def _plain(value):
    """Whether a value is text or a number, however it is dressed."""
    try:
        values.read(value)
        return True
    except Lost:
        return False
