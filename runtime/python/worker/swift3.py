"""Volatility 3's most-called functions, written so that they take less time.

Each looks into what describes an object, which Volatility does some ten times for
each value that it reads. What they return and raise is the same. A function is put in
another's place only if that one uses the names that it is known to use: a Volatility
that does something else there keeps its own.
"""
import collections
import dataclasses

from volatility3.framework import objects as kinds
from volatility3.framework.interfaces import objects
from volatility3.framework.layers import physical
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


def aggregate_getattr(self, attr):
    if attr == "_concrete_members" or attr == "vol":
        raise AttributeError("Object has not been properly initialized")
    known = self._concrete_members
    if attr in known:
        return known[attr]
    if attr.startswith("_") and not attr.startswith("__") and "__" in attr:
        attr = attr[attr.find("__", 1) :]
    vol = self.vol
    members = vol.members
    if attr not in members:
        return aggregate_stock(self, attr)  # raises, with the right words
    context, layer_name = self._context, vol.layer_name
    mask = context.layers[layer_name].address_mask
    relative_offset, template = members[attr]
    if isinstance(template, templates.ReferenceTemplate):
        template = context.symbol_space.get_type(template.vol.type_name)
    information = objects.ObjectInformation(
        layer_name=layer_name,
        offset=mask & (vol.offset + relative_offset),
        member_name=attr,
        parent=self,
        native_layer_name=vol.native_layer_name or layer_name,
        size=template.size,
    )
    member = known[attr] = template(context=context, object_info=information)
    return member


aggregate_stock = kinds.AggregateType.__getattr__


def file_is_valid(self, offset, length=1):
    if length <= 0:
        raise ValueError("Length must be positive")
    last = self._maximum_address or self.maximum_address
    return self.minimum_address <= offset and offset + length - 1 <= last


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
    (
        kinds.AggregateType,
        "__getattr__",
        aggregate_getattr,
        {"AttributeError", "_concrete_members", "startswith", "find", "vol", "members", "_context", "layers"}
        | {"layer_name", "address_mask", "isinstance", "templates", "ReferenceTemplate", "symbol_space", "get_type"}
        | {"type_name", "interfaces", "objects", "ObjectInformation", "offset", "native_layer_name", "size"}
        | {"AggregateTypes", "__name__"},
    ),
    (
        physical.FileLayer,
        "is_valid",
        file_is_valid,
        {"ValueError", "bool", "minimum_address", "maximum_address"},
    ),
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
