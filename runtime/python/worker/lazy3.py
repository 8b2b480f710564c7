"""Large parts of parsed JSON in a form that is there in milliseconds.

A symbol file is a few dictionaries of up to 10^5 items, of which a command looks at
some dozens. pack writes an object so that each item of its dictionaries lies by
itself; Packed gives dictionaries that read an item when it is asked for. Items are
in Python's marshal format: what Packed gets must be what pack made, whole, under a
Python of the same format (see FORMAT).
"""
import array
import marshal
import struct
import sys

from . import collector

# What the bytes depend on besides this file.
FORMAT = "lazy 1, %s, marshal %d, %s" % (sys.implementation.cache_tag, marshal.version, sys.byteorder)

HEAD = struct.Struct("<QQ")  # the sizes of what comes before the items
SEPARATOR = "\0"


class Lazy(dict):
    """A dictionary whose values are read when they are asked for: until then a
    number stands for each, the place where it lies. No value is a number.

    What copies it without asking for values, {**x} for one, copies places.
    Volatility does that for the keys only.
    """

    __slots__ = ("_items",)

    def __init__(self, places, items):
        dict.__init__(self, places)
        self._items = items

    def _value(self, key, value):
        if type(value) is int:
            value = marshal.loads(self._items[value:])
            self[key] = value
        return value

    def _read(self):
        with collector.paused():
            for key, value in dict.items(self):
                self._value(key, value)

    def __getitem__(self, key):
        return self._value(key, dict.__getitem__(self, key))

    def get(self, key, default=None):
        return self._value(key, dict.__getitem__(self, key)) if key in self else default

    def items(self):
        self._read()
        return dict.items(self)

    def values(self):
        self._read()
        return dict.values(self)

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, *default):
        if key in self:
            self[key]
        return dict.pop(self, key, *default)

    def popitem(self):
        self._read()
        return dict.popitem(self)

    def copy(self):
        return dict(self.items())

    def __or__(self, other):
        return self.copy() | other

    def __ror__(self, other):
        return other | self.copy()

    def __eq__(self, other):
        return self.copy() == (other.copy() if isinstance(other, Lazy) else other)

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def __repr__(self):
        return repr(self.copy())

    def __reduce_ex__(self, protocol):
        return (dict, (self.copy(),))

    def __deepcopy__(self, memo):
        """Places stay what they are: a copied context need not read what the first
        did not."""
        from copy import deepcopy

        found = Lazy((), self._items)
        memo[id(self)] = found
        for key, value in dict.items(self):
            found[key] = value if type(value) is int else deepcopy(value, memo)
        return found


def pack(parsed, beside=None):
    """The bytes of a dictionary that JSON gave, and of another such value beside it."""
    plain, index, blocks = [], [], []
    for key, value in parsed.items():
        plain.append((key, None if separable(value) else value))
        if separable(value):
            items = [marshal.dumps(item) for item in value.values()]
            index.append((key, SEPARATOR.join(value), places(items)))
            blocks.extend(items)
    plain, index = marshal.dumps((plain, beside)), marshal.dumps(index)
    return b"".join([HEAD.pack(len(plain), len(index)), plain, index] + blocks)


def separable(value):
    """Whether a value is a dictionary of dictionaries, which can lie by themselves."""
    return (
        isinstance(value, dict)
        and len(value) > 0
        and all(type(item) is dict for item in value.values())
        and not any(SEPARATOR in key for key in value)
    )


def places(items):
    """Where each of items starts, and last where they end."""
    found, at = array.array("Q", [0]), 0
    for item in items:
        at += len(item)
        found.append(at)
    return found.tobytes()


class Packed(object):
    """What pack made, opened. beside is the value beside the dictionary."""

    def __init__(self, data):
        with collector.paused():
            view = memoryview(data)
            plain, index = HEAD.unpack_from(data)
            start, at = HEAD.size + plain, HEAD.size + plain + index
            self._plain = view[HEAD.size : start]
            self._parts = []
            self.beside = marshal.loads(self._plain)[1]
            for key, names, starts in marshal.loads(view[start:at]):
                ends = array.array("Q")
                ends.frombytes(starts)
                self._parts.append((key, dict(zip(names.split(SEPARATOR), ends)), view[at : at + ends[-1]]))
                at += ends[-1]

    def new(self):
        """The dictionary, another one in each call."""
        found = dict(marshal.loads(self._plain)[0])
        for key, starts, items in self._parts:
            found[key] = Lazy(starts, items)
        return found
