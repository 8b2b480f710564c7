"""Times as Unix time: pairs of seconds since 1970 in UTC, rounded down, and nanoseconds,
which count forward also before 1970.

Works under Python 2.7 and 3.
"""
import datetime
import re

# The years 1 to 9999, which is what a Timestamp holds.
FIRST, LAST = -62135596800, 253402300799

_EPOCH = datetime.date(1970, 1, 1).toordinal()

_DATE = re.compile(
    r"\s*([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9})[0-9]*)?"
    r"\s*([A-Za-z]*)\s*((?:[+-][0-9]{2}(?::?[0-9]{2}){0,2}){0,2})\s*\Z"
)
_UTC = ("", "Z", "UTC", "GMT")


class Unclear(ValueError):
    """Why a date in text is no moment."""


# What tells of a zone that has a name and no offset: a function from the local time,
# as datetime, and the name to the seconds since 1970, or None. Volatility 2 writes
# such dates where it is given a zone.
zones = [lambda _local, _name: None]


def of(moment):
    """A datetime as Unix time, by its own offset; one that names no zone is in UTC."""
    seconds = (moment.toordinal() - _EPOCH) * 86400 + moment.hour * 3600 + moment.minute * 60 + moment.second
    micros = moment.microsecond
    offset = moment.utcoffset()
    if offset:
        carry, micros = divmod(micros - offset.microseconds, 1000000)
        seconds += carry - offset.days * 86400 - offset.seconds
    return seconds, micros * 1000


def looks_like_one(text):
    return _DATE.match(text) is not None


def parse(text):
    """The moment of a date such as 2026-01-01 00:00:38 UTC+0000; None of other text.

    The offset from UTC counts, and is all there is of some zones' names.
    """
    match = _DATE.match(text)
    if not match:
        return None
    zone, offsets = match.group(8), match.group(9)
    try:
        local = datetime.datetime(*map(int, match.groups()[:6]))
    except ValueError:
        raise Unclear("not a time")
    nanos = int((match.group(7) or "").ljust(9, "0"))
    if offsets:
        return of(local)[0] - _seconds(offsets[max(offsets.rfind("+"), offsets.rfind("-")):]), nanos
    if zone.upper() in _UTC:
        return of(local)[0], nanos
    seconds = zones[0](local, zone)
    if seconds is None:
        raise Unclear("time in a zone that has no offset")
    return seconds, nanos


def _seconds(offset):
    """The seconds of an offset from UTC: +01, +0130, +01:30, +01:30:15."""
    digits = offset[1:].replace(":", "").ljust(6, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:])
    return -seconds if offset[0] == "-" else seconds
