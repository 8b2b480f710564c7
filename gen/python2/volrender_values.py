"""What Volatility's values become: the rules that turn any value of a table or an
expression into one that a field can hold.

Works under Python 2.7 and 3. The version's support module adds the readers for
the classes of its Volatility.
"""
import calendar
import datetime
import math
import re

from . import volrender_wire as wire

text_type = wire.text_type
if bytes is str:  # Python 2
    integer_types = (int, long)  # noqa: F821
else:
    integer_types = (int,)
text_types = (str, text_type)


class Absent(object):
    """There is no value; code is a number of volint.volrender.v1.Absence."""

    def __init__(self, code):
        self.code = code


UNKNOWN, UNREADABLE, UNPARSABLE, NOT_APPLICABLE, NOT_AVAILABLE = map(Absent, range(1, 6))

# A field whose column the plugin does not have, which was reported already.
MISSING = object()


class Lost(Exception):
    """A value that could not be written, and why: it is counted."""

    def __init__(self, reason, absent=UNKNOWN):
        Exception.__init__(self, reason)
        self.reason, self.absent = reason, absent


class Failed(object):
    """Stands for the value of an expression that raised."""

    def __init__(self, error):
        self.error = error


class Blob(object):
    """A value that has a form as text and one as bytes."""

    def __init__(self, text, data):
        self.text, self.data = text, data


# Reading: any value becomes None, an Absent, a bool, an integer, a float, bytes,
# text, a datetime or a Blob. The class decides, and is looked at once.


def _same(value):
    return value


def _failed(value):
    raise lost_by(value.error)


def _unknown(value):
    raise Lost("type %s" % type(value).__name__)


# The exceptions that stand for a certain kind of absence: (class, Absent).
ERRORS = []


def lost_by(error):
    """What an exception in the place of a value counts as."""
    if isinstance(error, Lost):
        return error
    for cls, absent in ERRORS:
        if isinstance(error, cls):
            return Lost(type(error).__name__, absent)
    return Lost(type(error).__name__)


_BASES = [(Absent, _same), (Failed, _failed), (Blob, _same)]
_BASES += [(cls, _same) for cls in (bool,) + integer_types + (float, bytes, text_type, datetime.datetime)]
_readers = {}


def reader(cls, read):
    """Has values of cls, and of classes derived from it, read by read(value)."""
    _BASES.insert(0, (cls, read))
    _readers.clear()


# The classes whose values are all absent.
ABSENT = set()


def absent(cls, kind):
    """Has values of cls, and of classes derived from it, read as that Absent."""
    reader(cls, lambda _value: kind)
    ABSENT.add(cls)


absent(type(None), UNKNOWN)


def read(value):
    cls = value.__class__
    function = _readers.get(cls)
    if function is None:
        function = _readers[cls] = next((f for base, f in _BASES if issubclass(cls, base)), _unknown)
    return function(value)


# Numbers -------------------------------------------------------------------

NO_NUMBER = "not a number"
_NUMBER = re.compile(r"\s*([+-]?)(?:0[xX]([0-9a-fA-F]{1,32})|([0-9]{1,40}))L?\s*\Z")
_DATE = re.compile(
    r"\s*([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9})[0-9]*)?"
    r"\s*([A-Za-z]*)\s*([+-][0-9]{2}:?[0-9]{2})?\s*\Z"
)
_UTC = ("", "Z", "UTC", "GMT")
_NOTHING = ("", "-", "N/A")


def integer(value):
    """The integer in a value: a number, a number as text, or a time as seconds."""
    value = read(value)
    if isinstance(value, (Absent, integer_types)):
        return value
    if isinstance(value, float):
        return _whole(value)
    if isinstance(value, datetime.datetime):
        return seconds_and_nanos(value)[0]
    if isinstance(value, Blob):
        value = value.text
    if isinstance(value, text_types):
        return _integer_in(value)
    raise Lost("type %s in a number" % type(value).__name__)


def _whole(value):
    if math.isnan(value) or math.isinf(value):
        raise Lost(NO_NUMBER)
    return int(math.floor(value))


def _integer_in(text):
    if text.strip() in _NOTHING:
        return UNKNOWN
    match = _NUMBER.match(text)
    if match:
        sign, hexadecimal, decimal = match.groups()
        number = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return -number if sign == "-" else number
    return _date_in(text)[0]


def _date_in(text):
    """(seconds, nanoseconds) of a date such as 2026-01-01 00:00:38 UTC+0000.

    The offset from UTC counts; a zone's name without one is only known for UTC.
    """
    match = _DATE.match(text)
    if not match:
        raise Lost(NO_NUMBER)
    parts, fraction = match.groups()[:6], match.group(7)
    zone, offset = match.group(8), match.group(9)
    if not offset and zone.upper() not in _UTC:
        raise Lost("time in a zone that has no offset")
    try:
        seconds = calendar.timegm(datetime.datetime(*map(int, parts)).timetuple())
    except ValueError:
        raise Lost("not a time")
    if offset:
        minutes = int(offset[1:3]) * 60 + int(offset[-2:])
        seconds -= minutes * (-60 if offset[0] == "-" else 60)
    return seconds, int((fraction or "").ljust(9, "0"))


def seconds_and_nanos(moment):
    """A datetime as Unix time; one that names no zone is in UTC."""
    offset = moment.utcoffset()
    seconds = calendar.timegm(moment.timetuple())
    if offset is not None:
        seconds -= offset.days * 86400 + offset.seconds
    return seconds, moment.microsecond * 1000


def time(value):
    """(seconds, nanoseconds) for a Timestamp, which holds the years 1 to 9999."""
    value = read(value)
    if isinstance(value, Absent):
        return value
    if isinstance(value, datetime.datetime):
        moment = seconds_and_nanos(value)
    elif isinstance(value, text_types) and _DATE.match(value):
        moment = _date_in(value)
    elif isinstance(value, float):
        whole = _whole(value)
        moment = whole, int((value - whole) * 1000000000)
    else:
        seconds = integer(value)
        if isinstance(seconds, Absent):
            return seconds
        moment = seconds, 0
    if not -62135596800 <= moment[0] <= 253402300799:
        raise Lost("out of range")
    return moment


def real(value):
    value = read(value)
    if isinstance(value, (Absent, float)):
        return value
    if isinstance(value, text_types):
        try:
            return float(value)
        except ValueError:
            pass  # hexadecimal, a date, or nothing
    try:
        value = integer(value)
        return value if isinstance(value, Absent) else float(value)
    except OverflowError:
        raise Lost("out of range")


_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


def boolean(value):
    value = read(value)
    if isinstance(value, text_types) and value.strip().lower() in _TRUTH:
        return _TRUTH[value.strip().lower()]
    value = integer(value)
    return value if isinstance(value, Absent) else bool(value)


# Text and bytes ------------------------------------------------------------

# Classes of integers that people read in hexadecimal, and in binary.
HEXADECIMAL, BINARY = [], []


def raw(value):
    """The bytes for a bytes field."""
    value = read(value)
    if isinstance(value, (Absent, bytes)):
        return value
    if isinstance(value, Blob):
        return value.data
    if isinstance(value, text_type):
        return wire.text_bytes(value)
    raise Lost("type %s in bytes" % type(value).__name__)


def utf8(value):
    """Valid UTF-8 for a string field, whose bytes unescape gives back."""
    shown = _number_text(value) if isinstance(value, integer_types) else None
    if shown is not None:
        return shown
    value = read(value)
    if isinstance(value, Absent):
        return value
    if isinstance(value, Blob):
        value = value.text
    if isinstance(value, bytes):
        return wire.escape(value)
    if isinstance(value, text_type):
        return wire.escape(wire.text_bytes(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat().encode("ascii")
    if isinstance(value, bool) or isinstance(value, float):
        return str(value).encode("ascii")
    return _number_text(value)


def _number_text(number):
    if isinstance(number, bool):
        return None
    if isinstance(number, tuple(HEXADECIMAL)):
        return ("%#x" % number).encode("ascii")
    if isinstance(number, tuple(BINARY)):
        return "{0:#b}".format(number).encode("ascii")
    return ("%d" % number).encode("ascii")
