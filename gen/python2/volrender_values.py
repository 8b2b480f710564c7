"""What Volatility's values become: the rules that turn any value of a table or an
expression into one that a field can hold.

Works under Python 2.7 and 3. The version's support module adds the readers for
the classes of its Volatility.
"""
import datetime
import math
import re

from . import volrender_times as times
from . import volrender_wire as wire

text_type = wire.text_type
if bytes is str:  # Python 2
    integer_types = (int, long)  # noqa: F821
else:
    integer_types = (int,)
text_types = (str, text_type)

# The most bytes that one text, or the bytes of one field, may have: a guest must not
# make rows that readers refuse.
LIMIT = 16 << 20
TOO_LONG = "longer than %d bytes" % LIMIT


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
    """A value that has a form as text and one as bytes. A number can only be in what is
    text by its nature."""

    def __init__(self, text, data, is_text=False):
        self.text, self.data, self.is_text = text, data, is_text


class Shown(object):
    """A value whose text is another than what it is made of."""

    def __init__(self, text, value):
        self.text, self.value = text, value


class Holed(bytes):
    """Bytes of which some could not be read: there are zeros in their place."""


Holed.__name__ = "bytes"  # as people are told


HOLED = "the memory can't be read in part, where zeros stand"


# Reading: any value becomes None, an Absent, a bool, an integer, a float, bytes,
# text, a datetime, a Blob or a Shown. The class decides, and is looked at once.


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


_BASES = [(Absent, _same), (Failed, _failed), (Blob, _same), (Shown, _same)]
_BASES += [(cls, _same) for cls in (bool,) + integer_types + (float, bytes, text_type, datetime.datetime)]
_readers = {}


def reader(cls, read):
    """Has values of cls, and of classes derived from it, read by read(value)."""
    _BASES.insert(0, (cls, read))
    _readers.clear()


# Values that have parts, by class: functions to a dict of them.
_parts = []


def parts(cls, function):
    """Has values of cls be taken apart by function where a message is to hold them. It
    returns a dict, of which the message's fields take what they have the names of."""
    _parts.append((cls, function))


def taken_apart(value, message):
    """The parts of a value that is known to have some; else None. message is the full
    name of what is to hold them."""
    for cls, function in _parts:
        if isinstance(value, cls):
            return function(value)
    if message == CODE and isinstance(value, bytes):
        return {"data": value}
    return None


# The message for machine code, which may be no more than bytes.
CODE = "volint.volrender.v1.Disassembly"

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
_NOTHING = ("", "-", "N/A")


def integer(value):
    """The integer in a value: a number, a number as text, or a time as seconds."""
    value = read(value)
    if isinstance(value, Shown):
        value = value.value
    if isinstance(value, (Absent, integer_types)):
        return value
    if isinstance(value, float):
        return _whole(value)
    if isinstance(value, datetime.datetime):
        return times.of(value)[0]
    if isinstance(value, Blob):
        if not value.is_text:
            raise Lost("type bytes in a number")
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
    return _time_in(text)[0]


def _time_in(text):
    try:
        moment = times.parse(text)
    except times.Unclear as error:
        raise Lost(str(error))
    if moment is None:
        raise Lost(NO_NUMBER)
    return moment


def time(value):
    """(seconds, nanoseconds) for a Timestamp, which holds the years 1 to 9999."""
    value = read(value)
    if isinstance(value, Shown):
        value = value.value
    if isinstance(value, Absent):
        return value
    if isinstance(value, datetime.datetime):
        moment = times.of(value)
    elif isinstance(value, text_types) and times.looks_like_one(value):
        moment = _time_in(value)
    elif isinstance(value, float):
        whole = _whole(value)
        moment = whole, min(int((value - whole) * 1000000000), 999999999)
    else:
        seconds = integer(value)
        if isinstance(seconds, Absent):
            return seconds
        moment = seconds, 0
    if not times.FIRST <= moment[0] <= times.LAST:
        raise Lost("out of range")
    return moment


def real(value):
    value = read(value)
    if isinstance(value, Shown):
        value = value.value
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

# How Volatility shows integers of certain classes: (class, function to text).
SHOWN = []


def raw(value):
    """The bytes for a bytes field."""
    value = read(value)
    if isinstance(value, Shown):
        value = value.text
    if isinstance(value, Blob):
        value = value.data
    if isinstance(value, text_type):
        value = wire.text_bytes(value)
    if isinstance(value, bytes):
        if len(value) > LIMIT:
            raise Lost(TOO_LONG)
        return value
    if isinstance(value, Absent):
        return value
    raise Lost("type %s in bytes" % type(value).__name__)


def utf8(value):
    """Valid UTF-8 for a string field, whose bytes unescape gives back."""
    if isinstance(value, integer_types):
        shown = _number_text(value)
        if shown is not None:
            return shown
    value = read(value)
    if isinstance(value, Absent):
        return value
    if isinstance(value, (Blob, Shown)):
        value = value.text
    if isinstance(value, text_type):
        value = wire.text_bytes(value)
    if isinstance(value, bytes):
        text = wire.escape(value) if len(value) <= LIMIT else value
        if len(text) > LIMIT:
            raise Lost(TOO_LONG)
        return Holed(text) if isinstance(value, Holed) else text
    if isinstance(value, datetime.datetime):
        return value.isoformat().encode("ascii")
    if isinstance(value, bool):
        return str(value).encode("ascii")
    if isinstance(value, float):
        return repr(value).encode("ascii")
    return _number_text(value)


def _number_text(number):
    if isinstance(number, bool):
        return None
    for cls, shown in SHOWN:
        if isinstance(number, cls):
            return shown(number).encode("ascii")
    return ("%d" % number).encode("ascii")
