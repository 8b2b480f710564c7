"""The kinds of fields: how a value becomes one, how it is written and read.

Generated modules list their fields with these functions:

    uint64(1, "offset", column="offset", canonical=True)

Works under Python 2.7 and 3.
"""
import datetime
import operator
import re
from collections import namedtuple

from . import volrender_decode as decoding
from . import volrender_times as times
from . import volrender_values as values
from . import volrender_wire as wire
from .volrender_scalars import *  # noqa: F401,F403 - the kinds of numbers
from .volrender_scalars import Field, int32, int64
from .volrender_shape import Shape
from .volrender_values import Absent, Lost
from .volrender_wire import LENGTH, MASK64


class _Bytes(Field):
    wire_type, zero, as_read, what = LENGTH, b"", True, "bytes are"
    convert = staticmethod(values.raw)

    def payload(self, value):
        return wire.varint(len(value)) + value

    def check(self, value, level=0):
        try:
            return decoding.plain(value)
        except TypeError:
            raise decoding.wanted(self.what, value)


class _String(_Bytes):
    """Text. Where a row that was read has other bytes, which utf8 forbids, its
    attribute is those bytes."""

    zero, as_read, what = u"", False, "text is"
    convert = staticmethod(values.utf8)

    def pb2(self, value):
        return value.decode("utf-8")

    def check(self, value, level=0):
        """What decode would refuse is refused. Python 2 encodes surrogates, too."""
        if isinstance(value, wire.text_type):
            try:
                data = value.encode("utf-8")
            except UnicodeEncodeError:
                raise ValueError(decoding.UTF8)
            if len(data) != len(value) and _SURROGATE.search(data):
                raise ValueError(decoding.UTF8)
            return data
        data = _Bytes.check(self, value)
        if self.utf8:
            try:
                self.decode(data)
            except decoding.Malformed:
                raise ValueError(decoding.UTF8)
        return data

    def decode(self, raw):
        try:
            if not _SURROGATE.search(raw):  # which Python 2 would take
                return raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
        if self.utf8:
            raise decoding.Malformed(decoding.UTF8)
        return raw


_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")


class _Enum(int32):
    def __init__(self, number, name, numbers, closed=False, **more):
        Field.__init__(self, number, name, **more)
        self.numbers, self.closed = numbers, closed
        self.folded = dict((fold(key), n) for key, n in numbers.items())

    def convert(self, value):
        plain = values.read(value)
        if isinstance(plain, values.Shown):
            plain = plain.text if self.named(plain.text) is not None else plain.value
        name = self.named(plain)
        if name is not None:
            return self.numbers.get(plain, self.folded[name])
        try:
            number = int32.convert(self, plain)
        except Lost as lost:
            if lost.reason == values.NO_NUMBER and isinstance(plain, values.text_types):
                raise Lost("not a name of the enum")
            raise
        if self.closed and not isinstance(number, Absent) and number not in self.numbers.values():
            raise Lost("not a value of the enum")
        return number

    def named(self, value):
        """The folded name of one of the enum's values that a text is, or None."""
        if isinstance(value, values.text_types) and len(value) <= 1024:
            name = fold(value)
            return name if name in self.folded else None
        return None

    adopts = True

    def adopt(self, value, level):
        return self.numbers.get(value, value) if isinstance(value, values.text_types) else value

    def check(self, value, level=0):
        if isinstance(value, values.text_types):
            if value not in self.numbers:
                raise ValueError("%r is not a name of the enum" % value)
            value = self.numbers[value]
        return int32.check(self, value)


class Timestamp(namedtuple("Timestamp", "seconds nanos")):
    """google.protobuf.Timestamp: seconds since 1970 in UTC, and nanoseconds from 0 to
    999,999,999, which count forward also before 1970."""

    __slots__ = ()


class _Moment(object):
    """A Timestamp while it is read."""

    __slots__ = ("seconds", "nanos", "unknown_fields")
    _shape = Shape("google.protobuf.Timestamp", lambda: [int64(1, "seconds"), int32(2, "nanos")])

    def __init__(self, seconds, nanos):
        self.seconds, self.nanos, self.unknown_fields = seconds, nanos, 0


class _Timestamp(Field):
    wire_type, zero, is_message, in_one_piece = LENGTH, None, True, True
    convert = staticmethod(values.time)

    def payload(self, value):
        seconds, nanos = value
        data = b"\x08" + wire.varint(seconds & MASK64) if seconds else b""
        data += b"\x10" + wire.varint(nanos & MASK64) if nanos else b""
        return wire.varint(len(data)) + data

    def is_zero(self, value):
        return False  # a message has presence

    def assign(self, message, value):
        if value is not None:
            moment = getattr(message, self.name)
            moment.SetInParent()
            self.fill(moment, value)

    def fill(self, moment, value):
        moment.seconds, moment.nanos = value

    def check(self, value, level=0):
        if isinstance(value, datetime.datetime):
            return times.of(value)
        try:
            seconds, nanos = value
        except (TypeError, ValueError):
            raise decoding.wanted("a datetime, or a pair of seconds and nanoseconds, is", value)
        return _Moment._shape.check(_Moment(seconds, nanos))

    def readers(self, takes, opens, cls):
        opens[self.tag] = self

    def start(self, existing):
        return _Moment(*(existing or (0, 0)))

    def finish(self, moment):
        return Timestamp(moment.seconds, moment.nanos)


# The values of volint.volrender.v1.Absence.
ABSENCE = {
    "ABSENCE_UNSPECIFIED": 0,
    "ABSENCE_UNKNOWN": 1,
    "ABSENCE_UNREADABLE": 2,
    "ABSENCE_UNPARSABLE": 3,
    "ABSENCE_NOT_APPLICABLE": 4,
    "ABSENCE_NOT_AVAILABLE": 5,
}


class _Absence(Field):
    """Tells why the field named of has no value."""

    def __init__(self, number, name, of, **more):
        Field.__init__(self, number, name, **more)
        self.of = of
        self.subject = None

    def value(self, value, report):
        return self.subject.absence(value) or None

    def payload(self, value):
        return wire.varint(value)


def fold(name):
    """Names are compared by their ASCII letters and digits alone."""
    return "".join(c for c in name.lower() if "a" <= c <= "z" or "0" <= c <= "9")


string, bytes_, enum, timestamp, absence = _String, _Bytes, _Enum, _Timestamp, _Absence

__all__ = """bool_ int32 sint32 sfixed32 uint32 fixed32 int64 sint64 sfixed64 uint64 fixed64
float_ double string bytes_ enum timestamp absence ABSENCE sign_extend""".split()
