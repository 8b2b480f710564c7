"""Reads BTF, the kernel's own compact type information (Documentation/bpf/btf.rst)."""

import struct
from dataclasses import dataclass, field

MAGIC = 0xEB9F

# The kinds of type, by their numbers in the format.
INT, POINTER, ARRAY, STRUCT, UNION, ENUM, FORWARD, TYPEDEF = range(1, 9)
VOLATILE, CONST, RESTRICT, FUNCTION, FUNCTION_PROTOTYPE, VARIABLE, SECTION = range(9, 16)
FLOAT, DECLARATION_TAG, TYPE_TAG, ENUM64 = range(16, 20)

COMPOSITES = (STRUCT, UNION)
ENUMS = (ENUM, ENUM64)
# Types that only add a word to another one.
WRAPPERS = (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG)


@dataclass
class Type:
    """One type. What the parts hold depends on the kind."""

    kind: int
    name: str
    # The size in bytes, or for kinds without one the number of another type.
    size: int
    # STRUCT, UNION: members have bit-field sizes. ENUM: values are signed.
    # FORWARD: it is a union's.
    flag: bool
    # INT: encoding bits (1 signed, 2 char, 4 bool).
    encoding: int = 0
    # ARRAY: number of the element's type, and how many.
    element: int = 0
    count: int = 0
    # STRUCT, UNION: (name, type number, bit offset, bit size or 0).
    members: list = field(default_factory=list)
    # ENUM, ENUM64: (name, value).
    values: list = field(default_factory=list)

    @property
    def target(self):
        """The number of the type that this one points to, names or wraps."""
        return self.size


class Reader:
    """Reads the type section from front to back."""

    def __init__(self, data):
        magic, _, _, header, types, types_length, strings, strings_length = \
            struct.unpack_from("<HBBIIIII", data, 0)
        if magic != MAGIC:
            raise ValueError("not BTF")
        self.data = data
        self.at = header + types
        self.end = self.at + types_length
        start = header + strings
        self.strings = data[start:start + strings_length]

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def string(self, offset):
        return self.strings[offset:self.strings.index(b"\0", offset)].decode()

    def type(self):
        name, info, size = self.take("III")
        result = Type(info >> 24 & 31, self.string(name), size, bool(info >> 31))
        self.rest(result, info & 0xFFFF)
        return result

    def rest(self, result, length):
        """Reads what follows a type's header; `length` is its number of parts."""
        kind = result.kind
        if kind == INT:
            result.encoding = self.take("I")[0] >> 24 & 15
        elif kind == ARRAY:
            result.element, _, result.count = self.take("III")
        elif kind in COMPOSITES:
            result.members = [self.member(result.flag) for _ in range(length)]
        elif kind == ENUM:
            layout = "Ii" if result.flag else "II"
            result.values = [self.value(*self.take(layout)) for _ in range(length)]
        elif kind == ENUM64:
            for _ in range(length):
                name, low, high = self.take("III")
                result.values.append(self.value(name, high << 32 | low))
        else:
            skipped = {FUNCTION_PROTOTYPE: 8 * length, SECTION: 12 * length,
                       VARIABLE: 4, DECLARATION_TAG: 4}
            self.at += skipped.get(kind, 0)

    def member(self, with_bits):
        name, number, offset = self.take("III")
        bits = offset >> 24 if with_bits else 0
        return self.string(name), number, offset & 0xFFFFFF if with_bits else offset, bits

    def value(self, name, number):
        return self.string(name), number


def read(data):
    """Returns the list of types; number 0, which is void, is None."""
    reader = Reader(data)
    types = [None]
    while reader.at < reader.end:
        types.append(reader.type())
    return types


def names(types):
    """Returns {number: name}, each name once, for structs, unions and enums.

    A type without a tag takes the name of a typedef for it; a second type of the
    same name gets a number behind it.
    """
    result, used = {}, {}
    named = COMPOSITES + ENUMS
    for number, each in enumerate(types):
        if each and each.kind in named and each.name:
            again = used.get(each.name, 0)
            used[each.name] = again + 1
            result[number] = f"{each.name}__{again}" if again else each.name
    for each in types:
        if each and each.kind == TYPEDEF and each.target not in result and each.name not in used \
                and types[each.target] and types[each.target].kind in named:
            result[each.target] = each.name
            used[each.name] = 1
    for number, each in enumerate(types):
        if each and each.kind in named and number not in result:
            result[number] = f"unnamed_{number:x}"
    return result
