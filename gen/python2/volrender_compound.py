"""Fields of several values, and of messages.

    repeated(uint32(4, "pids", column="pids"), packed=True)
    map_(5, "labels", string(1, "key"), int32(2, "value"))
    nested(6, "thread", shape)

Works under Python 2.7 and 3.
"""
from . import volrender_decode as decoding
from . import volrender_values as values
from . import volrender_wire as wire
from .volrender_parts import FULL, Parts
from .volrender_scalars import Field
from .volrender_shape import Shape, settle
from .volrender_values import MISSING, Lost
from .volrender_wire import LENGTH


class _Repeated(Parts):
    """field says what each value is, and where they come from."""

    def __init__(self, field, packed=False):
        Field.__init__(self, field.number, field.name, field.column, field.title, field.depth, attr=field.attr,
                       sometimes=field.sometimes)
        self.field, self.packed = field, packed
        self.in_one_piece, self.adopts = field.in_one_piece, field.adopts

    def build(self, value, losses):
        built = []
        self.each(value, losses, lambda item: built.append(self.part(self.field, item, losses)))
        return [item for item in built if item is not None]

    def encode(self, value):
        if not value:
            return b""
        if not self.packed:
            return wire.join([self.field.encode(item) for item in value])
        data = wire.join([self.field.payload(item) for item in value])
        return self.lead + wire.varint(len(data)) + data

    def assign(self, message, value):
        items = getattr(message, self.name)
        for item in value or ():
            if self.field.is_message:
                self.field.fill(items.add(), item)
            else:
                items.append(self.field.pb2(item))

    def fresh(self):
        return []

    def adopt(self, value, level):
        if not isinstance(value, (list, tuple)):
            return value
        items = [self.field.adopt(item, level) for item in value]
        return items if _changed(items, value) else value

    def check(self, value, level=0):
        if isinstance(value, (dict, bytes, wire.text_type)):
            raise decoding.wanted("a list is", value)
        try:
            items = iter(value)
        except TypeError:
            raise decoding.wanted("a list is", value)
        return [self.field.check(item, level) for item in items]

    def readers(self, takes, opens, cls):
        field, attr = self.field, self.attr
        if field.is_message:
            opens[field.tag] = self
            return
        takes[field.tag] = lambda row, raw: getattr(row, attr).append(field.decode(raw))
        if field.wire_type != LENGTH:
            takes[self.tag] = lambda row, raw: getattr(row, attr).extend(field.many(raw))

    def begin(self, row):
        return self.field.start(None)

    def close(self, row, child):
        getattr(row, self.attr).append(self.field.finish(child))

    def rows_in(self, value):
        return [row for item in value for row in self.field.rows_in(item)]

    def shapes(self):
        return self.field.shapes()


class _Entry(object):
    """An entry of a map while it is read."""

    __slots__ = ("_shape", "key", "value", "unknown_fields")

    def __init__(self, shape):
        self._shape, self.key, self.value, self.unknown_fields = shape, None, None, 0


class _Map(Parts):
    """key and item are the fields of an entry, whose numbers are 1 and 2."""

    has_entries = True

    def __init__(self, number, name, key, item, **more):
        Field.__init__(self, number, name, **more)
        self.key, self.item, self.adopts = key, item, item.adopts
        self.entry = Shape(name, lambda: [key, item])

    def build(self, value, losses):
        built = {}

        def take(pair):
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                losses.lose(self.name, "not a pair of key and value")
                return
            losses.enter()
            try:
                key = self.part(self.key, pair[0], losses)
                item = self.part(self.item, pair[1], losses)
            finally:
                losses.leave()
            if key is not None and item is not None:
                built[key] = item

        self.each(list(value.items()) if isinstance(value, dict) else value, losses, take)
        return sorted(built.items(), key=_first)

    def encode(self, value):
        out = []
        for pair in value or ():
            data = self.entry.encode(pair)
            out += self.lead, wire.varint(len(data)), data
        return wire.join(out)

    def assign(self, message, value):
        entries = getattr(message, self.name)
        for key, item in value or ():
            if self.item.is_message:
                self.item.fill(entries[self.key.pb2(key)], item)
            else:
                entries[self.key.pb2(key)] = self.item.pb2(item)

    def fresh(self):
        return {}

    def adopt(self, value, level):
        if not isinstance(value, dict):
            return value
        entries = dict((key, self.item.adopt(item, level + 1)) for key, item in value.items())
        return entries if _changed(map(entries.get, value), value.values()) else value

    def check(self, value, level=0):
        if not hasattr(value, "items"):
            raise decoding.wanted("a dict is", value)
        pairs = [(self.key.check(key), self.item.check(item, level + 1)) for key, item in value.items()]
        return sorted(pairs, key=_first)

    def readers(self, takes, opens, cls):
        opens[self.tag] = self

    def begin(self, row):
        return _Entry(self.entry)

    def close(self, row, entry):
        key = self.key.default if entry.key is None else entry.key
        item = entry.value
        if item is None:
            item = self.item.finish(self.item.start(None)) if self.item.is_message else self.item.default
        getattr(row, self.attr)[key] = item

    def rows_in(self, value):
        return [row for item in value.values() for row in self.item.rows_in(item)]

    def shapes(self):
        return self.item.shapes()


def _first(pair):
    return pair[0]


def _changed(new, old):
    return any(a is not b for a, b in zip(new, old))


class _Nested(Parts):
    """type is a Shape, or for programs the class of rows that has one as _shape. A
    delimited message stands between two tags."""

    is_message = True

    def __init__(self, number, name, type, delimited=False, **more):
        Field.__init__(self, number, name, **more)
        self.type, self.shape = type, getattr(type, "_shape", type)
        self.delimited = delimited
        if delimited:
            self.tag = number << 3 | decoding.START_GROUP
            self.lead, self._end = wire.varint(self.tag), wire.varint(self.tag + 1)

    def build(self, value, losses):
        if not losses.room():
            raise Lost(FULL)
        given = self.given(value, losses)
        losses.enter()
        try:
            parts = [field.value(given[field.name], losses) for field in self.shape.fields]
            lacking = [f for f, part in zip(self.shape.fields, parts) if f.required and part is None]
            for field in lacking:
                losses.lose(field.name, "required, but there is none")
            settle(self.shape.fields, self.shape.oneofs, parts, losses.lose)
        finally:
            losses.leave()
        return None if lacking else parts  # with it, readers would refuse the whole row

    def given(self, value, losses):
        """The value for each field, by its name."""
        shape = self.shape
        given = dict.fromkeys(shape.by_name, MISSING)
        taken = values.taken_apart(value, shape.full_name)
        if taken is not None:
            given.update((name, taken[name]) for name in given if name in taken)
        elif isinstance(value, dict):
            for key, part in value.items():
                if key in given:
                    given[key] = part
                else:
                    losses.lose(self.name, "a key that is no field of %s" % shape.full_name)
        elif isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
            if len(value) > len(shape.declared):
                losses.lose(self.name, "%d values for %d fields" % (len(value), len(shape.declared)))
            given.update((field.name, part) for field, part in zip(shape.declared, value))
        else:
            for name in given:
                try:
                    given[name] = getattr(value, name)
                except Exception as error:
                    given[name] = values.Failed(error)
            if given and all(isinstance(part, values.Failed) for part in given.values()):
                raise Lost("type %s in a message" % type(value).__name__)
        return given

    def payload(self, value):
        data = self.shape.encode(value)
        return data + self._end if self.delimited else wire.varint(len(data)) + data

    def encode(self, value):
        return b"" if value is None else self.lead + self.payload(value)

    def assign(self, message, value):
        if value is not None:
            part = getattr(message, self.name)
            part.SetInParent()
            self.fill(part, value)

    def fill(self, message, value):
        for field, part in zip(self.shape.fields, value):
            field.assign(message, part)

    adopts = True

    def adopt(self, value, level):
        # One more than is read: a map's entry that came without a value has an empty one.
        if level > decoding.LIMIT:
            raise ValueError("more than %d messages lie in one another" % decoding.LIMIT)
        return self.type()._fill(value, level + 1) if isinstance(value, dict) else value

    def check(self, value, level=0):
        value = self.adopt(value, level)
        shape = getattr(value, "_shape", None)
        if shape is None or shape.full_name != self.shape.full_name:
            raise decoding.wanted(self.shape.full_name + " is", value)
        return self.shape.check(value, level + 1)

    def readers(self, takes, opens, cls):
        opens[self.tag] = self

    def start(self, existing):
        return self.type() if existing is None else existing

    def finish(self, row):
        return row

    def rows_in(self, value):
        return () if value is None else (value,)

    def shapes(self):
        return (self.shape,)


repeated, map_, nested = _Repeated, _Map, _Nested
