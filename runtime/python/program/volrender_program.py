"""Rows for programs, and the frames that hold them.

    from rows.panda_vol_int_rows import linux_pslist_task
    from rows.volrender_program import DecodeError, frames

    with open("pslist.frames", "rb") as file:
        for frame in frames(file):
            try:
                task = linux_pslist_task.decode(frame)
            except DecodeError as error:
                continue  # this row is bad; the next may be fine
            print(task.pid, repr(task.name))  # names come from the guest

Works under Python 2.7 and 3.9 or later, with the standard library alone.
"""
import threading

from .volrender_abi import ABI, require  # noqa: F401
from .volrender_compound import map_, nested, repeated  # noqa: F401
from .volrender_decode import DecodeError, decode
from .volrender_fields import *  # noqa: F401,F403 - the kinds of fields
from .volrender_fields import Timestamp  # noqa: F401
from .volrender_frames import FrameError, frames, write_frame, write_frames  # noqa: F401
from .volrender_shape import Shape  # noqa: F401
from .volrender_wire import text_type
from .volrender_wire import unescape as _unescape


class Row(object):
    """A message; each generated class is one.

    A field is an attribute: None where it is unset, a list where it is repeated, a
    dict for a map. Integers, bool and float are Python's; text is unicode; bytes
    are bytes; an enum is its number; a message is a row of its class; a
    google.protobuf.Timestamp is a Timestamp. The constructor takes dicts for rows,
    and the names of an enum for its numbers. An attribute takes whatever is put
    there, and encode tells if the field can't hold it.

    unknown_fields counts the fields that decode skipped, since the class does not
    have them, in the rows in this one too.
    """

    __slots__ = ("unknown_fields", "_chosen")

    # A Shape: the fields.
    _shape = Shape("", list)

    def __init__(self, **fields):
        self.unknown_fields, self._chosen = 0, None
        if fields:
            self._fill(fields, 0)

    def _fill(self, given, level):
        """Sets the attributes that are given by their names, in a row that lies so deep
        in others, and returns the row."""
        known = self._attributes()
        for name, value in given.items():
            field = known.get(name)
            if field is None:
                raise TypeError("%s has no field %s" % (type(self).__name__, name))
            if field.oneof and value is not None and self._which(field.oneof):
                # In the order of the schema: Python 2 gives them in none.
                several = [f.attr for f in self._shape.declared if f.oneof == field.oneof and given.get(f.attr) is not None]
                raise TypeError("%s of %s: one member of oneof %s can be set" % (" and ".join(several), type(self).__name__, field.oneof))
            try:
                setattr(self, name, field.adopt(value, level) if field.adopts else value)
            except (TypeError, ValueError) as error:
                raise self._shape.unfit(field, error)
        return self

    @classmethod
    def _attributes(cls):
        """The fields, by their attributes' names."""
        try:
            return cls.__dict__["_by_attribute"]
        except KeyError:
            cls._by_attribute = dict((field.attr, field) for field in cls._shape.declared)
            return cls._by_attribute

    def __getattr__(self, name):
        # Called for attributes that nothing was put into yet.
        field = self._attributes().get(name)
        if field is None:
            raise AttributeError("%s has no attribute %s" % (type(self).__name__, name))
        value = field.fresh()
        if value is not None:
            setattr(self, name, value)
        return value

    @classmethod
    def decode(cls, data):
        """The row in data: bytes, or what can be seen as bytes. Nothing of data is kept.

        Raises DecodeError, which is a ValueError, and no other error for any bytes.
        """
        row = cls()
        decode(row, data)
        return row

    def encode(self):
        """The message's bytes. Fields are in the order of their numbers, entries of
        maps in that of their keys.

        Raises ValueError or TypeError where an attribute has what its field can't
        hold. It does not tell of required fields that are not there.
        """
        shape = self._shape
        return shape.encode(shape.check(self))

    def get(self, name):
        """An attribute, or what stands for it where it is unset: the default that the
        schema gives, or zero, an empty string, the first value of an enum. None for
        a message."""
        value = getattr(self, name)
        return self._attributes()[name].default if value is None else value

    def _which(self, oneof):
        chosen = (self._chosen or {}).get(oneof)
        return chosen and chosen[0]

    def __eq__(self, other):
        """Rows are equal when their fields are, and a NaN is equal to a NaN; unknown
        fields do not count."""
        if type(other) is not type(self):
            return NotImplemented
        return all(_same(getattr(self, name), getattr(other, name)) for name in self._attributes())

    def __ne__(self, other):
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__ = None  # rows change

    def __repr__(self):
        """The fields that are set. Text in it is escaped, and safe for a terminal. A row
        that lies in itself is shown once."""
        shown = _shown.__dict__
        if id(self) in shown:
            return type(self).__name__ + "(...)"
        shown[id(self)], given = True, []
        try:
            for field in self._shape.declared:
                value = getattr(self, field.attr)
                if value != field.fresh():
                    given.append("%s=%r" % (field.attr, value))
        finally:
            del shown[id(self)]
        return "%s(%s)" % (type(self).__name__, ", ".join(given))


# The rows that the thread is making texts of, by id.
_shown = threading.local()


def _same(a, b):
    """Whether the values of a field are equal."""
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and len(a) == len(b) and all(key in b and _same(item, b[key]) for key, item in a.items())
    return a == b or isinstance(a, float) and a != a and b != b


def unescape(text):
    r"""The guest's bytes that the text of a string field stands for, where volint wrote
    it: every \xhh is that byte again."""
    return _unescape(text.encode("utf-8") if isinstance(text, text_type) else text)


class _Member(object):
    """An attribute that is a member of a oneof: to set it is to unset the others."""

    def __init__(self, oneof, attr):
        self._oneof, self._attr = oneof, attr

    def __get__(self, row, _cls=None):
        if row is None:
            return self
        chosen = (row._chosen or {}).get(self._oneof)
        return chosen[1] if chosen and chosen[0] == self._attr else None

    def __set__(self, row, value):
        if row._chosen is None:
            row._chosen = {}
        if value is not None:
            row._chosen[self._oneof] = self._attr, value
        elif row._which(self._oneof) == self._attr:
            del row._chosen[self._oneof]


def members(cls, oneof, *attrs):
    """Makes attributes of a class of rows the members of a oneof."""
    for attr in attrs:
        setattr(cls, attr, _Member(oneof, attr))


class Enum(dict):
    """An enum: a dict from its names to its numbers, which are attributes too
    (State.RUNNING, State["RUNNING"])."""

    def __init__(self, pairs):
        dict.__init__(self, pairs)
        self._names = {}
        for name, number in pairs:
            self._names.setdefault(number, name)

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError("the enum has no value %s" % name)

    def name_of(self, number):
        """A number's name, the first where there are several; None for a number that
        has none, which rows may hold all the same."""
        return self._names.get(number)


# Why a field has no value: volint.volrender.v1.Absence.
Absence = Enum(sorted(ABSENCE.items(), key=lambda pair: pair[1]))  # noqa: F405
