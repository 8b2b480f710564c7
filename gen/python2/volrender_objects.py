"""What volint makes of Volatility 2's own classes, and helpers for expressions."""
import time

import volatility.obj as obj
import volatility.timefmt as timefmt
from volatility.renderers.basic import Address, Address64, Bytes, Hex

from . import volrender_times as times
from . import volrender_values as values


def c_string(text):
    """The bytes of a String object up to its first NUL; str() of one loses bytes."""
    data = text if isinstance(text, basestring) else text.v()  # noqa: F821
    return data if isinstance(data, obj.NoneObject) else data.split("\0", 1)[0]


def _hex_text(value):
    """Bytes holds its data as hexadecimal text, and "-" for none."""
    try:
        return values.Blob(str(value), str(value).decode("hex"))
    except TypeError:
        return values.UNKNOWN


class _Time(values.Shown):
    """A time: a number of seconds, which Volatility shows as a date, in the zone of --tz
    where the guest's is known."""

    def __init__(self, moment, seconds):
        self._moment, self.value = moment, seconds

    @property
    def text(self):
        return str(self._moment)


def _time(moment):
    seconds = values.read(moment.v())
    return seconds if isinstance(seconds, values.Absent) else _Time(moment, seconds)


def _in_zone(local, name):
    """The seconds of a time of the zone that Volatility set the process to, as it does
    for `--tz Europe/Berlin`: such dates name no offset, and the name is one of two."""
    if not isinstance(timefmt.config.TZ, str):
        return None
    for summer in (0, 1):
        try:
            seconds = int(time.mktime(local.timetuple()[:8] + (summer,)))
        except (OverflowError, ValueError):
            continue
        there = time.localtime(seconds)
        if there[:6] == local.timetuple()[:6] and time.strftime("%Z", there) == name:
            return seconds
    return None


times.zones[0] = _in_zone
values.reader(obj.NativeType, lambda value: values.read(value.v()))
values.absent(obj.NoneObject, values.UNKNOWN)
values.reader(Bytes, _hex_text)
try:
    from volatility.plugins.overlays.basic import String, UnixTimeStamp
    from volatility.plugins.overlays.windows.windows import DosDate, WinTimeStamp

    values.reader(String, c_string)
    for _cls in (UnixTimeStamp, WinTimeStamp, DosDate):
        values.reader(_cls, _time)
except ImportError:
    pass
values.SHOWN += [(_cls, "{0:#x}".format) for _cls in (Address, Address64, Hex)]
