"""Fields of several values, and of messages.

    repeated(uint32(4, "pids", column="pids"), packed=True)
    map_(5, "labels", string(1, "key"), int32(2, "value"))
    nested(6, "thread", shape)

Works under Python 2.7 and 3.
"""
from . import volrender_decode as decoding
from . import volrender_values as values
from . import volrender_wire as wire
from .volrender_scalars import Field
from .volrender_shape import Shape, settle
from .volrender_values import MISSING, Absent, Lost
from .volrender_wire import LENGTH

# The most parts that one value of a row may have: what a guest links in a ring must
# not keep a command busy for ever.
PARTS = 1 << 20


class Losses(object):
    """Takes the place of a report for the parts of one value, and counts levels.

    What is lost in a message is told as FIELD.PART, whatever lies between the two.
    """

    def __init__(self, report, name):
        self.report, self.name, self.strict = report, name, report is _strict
        self.level, self.count, self.parts = 0, 0, 0

    def lose(self, name, reason):
        self.count += 1
        self.report.lose("%s.%s" % (self.name, name) if self.level else self.name, reason)

    def part(self):
        self.parts += 1
        if self.parts > PARTS:
            raise Lost("more than %d parts" % PARTS)

    def enter(self):
        """Goes a level deeper, into a message; leave comes back."""
        if self.level >= decoding.LIMIT:
            raise Lost("more than %d messages in one another" % decoding.LIMIT)
        self.level += 1

    def leave(self):
        self.level -= 1


class _Strict(object):
    """Takes the place of a report where nothing may be lost."""

    def lose(self, name, reason):
        raise ValueError("%s: %s" % (name, reason))


_strict = _Strict()


class Parts(Field):
    """What a field of several values and one of a message have in common."""

    wire_type, zero = LENGTH, None

    def value(self, value, report):
        if value is MISSING:
            return None
        losses = report if isinstance(report, Losses) else Losses(report, self.name)
        try:
            return None if _absent(value) else self.build(value, losses)
        except Exception as error:
            losses.lose(self.name, values.lost_by(error).reason)
            return None

    def convert(self, value):
        """As for other fields, for plain values: nothing in them may be lost."""
        if _absent(value):
            return values.UNKNOWN
        return self.build(value, Losses(_strict, self.name))

    def absence(self, value):
        if value is MISSING:
            return values.NOT_AVAILABLE.code
        try:
            return values.read(value).code if _absent(value) else 0
        except Exception as error:
            return values.lost_by(error).absent.code

    def build(self, value, losses):
        """What encode takes, for a value that is there. What can't be written of it
        is told to losses; Lost where nothing can."""
        raise NotImplementedError

    def part(self, field, value, losses):
        """The value of a part; a part that has none is lost."""
        losses.part()
        before = losses.count
        value = field.value(value, losses)
        if value is None and losses.count == before:
            losses.lose(field.name, "a part without a value")
        return value


def _absent(value):
    """Whether a value is one of those that stand for none."""
    if isinstance(value, values.Failed):
        raise values.lost_by(value.error)
    try:
        return isinstance(values.read(value), Absent)
    except Lost:
        return False


class _Repeated(Parts):
    """field says what each value is, and where they come from."""

    def __init__(self, field, packed=False):
        Field.__init__(self, field.number, field.name, field.column, field.title, field.depth, attr=field.attr)
        self.field, self.packed = field, packed

    def build(self, value, losses):
        built = [self.part(self.field, item, losses) for item in items(value, losses)]
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

    def check(self, value, level=0):
        if isinstance(value, (dict, bytes, wire.text_type)):
            raise TypeError("a list is wanted, not %s" % type(value).__name__)
        return [self.field.check(item, level) for item in value]

    def readers(self, takes, opens):
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


def items(value, losses):
    """The values in one, which is one itself if it is no collection."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    if isinstance(value, dict) or _plain(value):
        return (value,)
    try:
        found = iter(value)
    except TypeError:
        return (value,)
    if found is value and losses.strict:
        raise ValueError("it can be read once, and the slow way must have it whole")
    return found


def _plain(value):
    """Whether a value is text or a number, however it is dressed."""
    try:
        values.read(value)
        return True
    except Lost:
        return False


class _Entry(object):
    """An entry of a map while it is read."""

    __slots__ = ("_shape", "key", "value", "unknown_fields")

    def __init__(self, shape):
        self._shape, self.key, self.value, self.unknown_fields = shape, None, None, 0


class _Map(Parts):
    """key and item are the fields of an entry, whose numbers are 1 and 2."""

    def __init__(self, number, name, key, item, **more):
        Field.__init__(self, number, name, **more)
        self.key, self.item = key, item
        self.entry = Shape(name, lambda: [key, item])

    def build(self, value, losses):
        built = {}
        for pair in value.items() if isinstance(value, dict) else items(value, losses):
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                losses.lose(self.name, "not a pair of key and value")
                continue
            losses.enter()
            try:
                key = self.part(self.key, pair[0], losses)
                item = self.part(self.item, pair[1], losses)
            finally:
                losses.leave()
            if key is not None and item is not None:
                built[key] = item
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

    def check(self, value, level=0):
        pairs = [(self.key.check(key), self.item.check(item, level + 1)) for key, item in value.items()]
        return sorted(pairs, key=_first)

    def readers(self, takes, opens):
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
        given = self.given(value, losses)
        losses.enter()
        try:
            parts = [field.value(given[field.name], losses) for field in self.shape.fields]
            for field, part in zip(self.shape.fields, parts):
                if field.required and part is None:
                    losses.lose(field.name, "required, but there is none")
            settle(self.shape.fields, self.shape.oneofs, parts, losses.lose)
        finally:
            losses.leave()
        return parts

    def given(self, value, losses):
        """The value for each field, by its name."""
        shape = self.shape
        given = dict.fromkeys(shape.by_name, MISSING)
        if isinstance(value, dict):
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

    def check(self, value, level=0):
        if level >= decoding.LIMIT:
            raise ValueError("more than %d messages lie in one another" % decoding.LIMIT)
        if isinstance(value, dict):
            value = self.type(**value)
        shape = getattr(value, "_shape", None)
        if shape is None or shape.full_name != self.shape.full_name:
            raise TypeError("a %s is wanted, not %s" % (self.shape.full_name, type(value).__name__))
        return self.shape.check(value, level + 1)

    def readers(self, takes, opens):
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
