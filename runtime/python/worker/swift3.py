"""Volatility 3's most-called functions, written so that they take less time.

Each looks into what describes an object, which Volatility does some ten times for
each value that it reads. What they return and raise is the same. A function is put in
another's place only if that one uses the names that it is known to use: a Volatility
that does something else there keeps its own.
"""
import collections
import dataclasses

from volatility3.framework.interfaces import objects
from volatility3.framework.objects import templates

INFORMATION = tuple(field.name for field in dataclasses.fields(objects.ObjectInformation))


def information_contains(self, key):
    return key in INFORMATION


def information_getitem(self, key):
    if key in INFORMATION:
        return getattr(self, key)
    raise KeyError("No %s present in ObjectInformation" % (key,))


def mapping_getattr(self, attr):
    if attr == "_dict":
        raise AttributeError("'%s' object has no attribute '_dict'" % type(self).__name__)
    held = self._dict
    if type(held) is collections.ChainMap:
        for each in held.maps:
            if attr in each:
                return each[attr]
    elif attr in held:
        return held[attr]
    raise AttributeError("Object has no attribute: %s.%s" % (self.__class__.__name__, attr))


def template_call(self, context, object_info):
    arguments = {}
    for each in reversed(self._vol.maps):
        arguments.update(each)
    return arguments.pop("object_class")(context=context, object_info=object_info, **arguments)


# (class, method, the one in its place, the names that the method's code uses)
SWIFT = (
    (objects.ObjectInformation, "__contains__", information_contains, {"dataclasses", "fields", "name"}),
    (objects.ObjectInformation, "__getitem__", information_getitem, {"getattr", "KeyError"}),
    (
        objects.ReadOnlyMapping,
        "__getattr__",
        mapping_getattr,
        {"super", "__getattribute__", "_dict", "AttributeError", "__class__", "__name__"},
    ),
    (templates.ObjectTemplate, "__call__", template_call, {"vol", "object_class"}),
)


def install():
    """Puts the functions in their places; returns those that could not be."""
    from . import imports3

    kept = []
    for owner, name, swift, known in SWIFT:
        stock = vars(owner).get(name)
        if stock is swift:
            continue
        if stock is not None and imports3.names_of(stock.__code__) - {"Dict", "str", "Any"} == known:
            setattr(owner, name, swift)
        else:
            kept.append("%s.%s" % (owner.__name__, name))
    return kept
