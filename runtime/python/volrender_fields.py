"""The kinds of fields: how a value becomes one, and how it is written.

Generated modules list their fields with the functions at the end of this file:

    uint64(1, "offset", column="offset", canonical=True)

Works under Python 2.7 and 3.
"""
from . import volrender_values as values
from . import volrender_wire as wire
from .volrender_values import MISSING, Absent, Lost
from .volrender_wire import FIXED32, FIXED64, LENGTH, MASK64, VARINT


class Field(object):
    """A field that this version of Volatility fills.

    column is the folded title of its column, title the title as people know it;
    depth takes the row's depth instead. of names the field whose absence this one
    tells. absent_value is written where there is no value.
    """

    wire_type = VARINT

    def __init__(self, number, name, column=None, title=None, depth=False, canonical=False,
                 implicit=False, required=False, absent_value=None):
        self.number, self.name = number, name
        self.column, self.title, self.depth = column, title or name, depth
        self.canonical, self.implicit, self.required = canonical, implicit, required
        self.absent_value = absent_value
        self.of = None
        self.lead = wire.tag(number, self.wire_type)

    def value(self, value, report):
        """The field's value as Python has it; None where it stays unset."""
        if value is MISSING:
            return None
        try:
            value = self.convert(value)
        except Exception as error:
            report.lose(self.name, values.lost_by(error).reason)
            return None
        if isinstance(value, Absent):
            return self.absent_value
        return value

    def encode(self, value):
        """The field's bytes, for what value returned."""
        if value is None or self.implicit and self.is_zero(value):
            return b""
        return self.lead + self.payload(value)

    def absence(self, value):
        """The number in Absence that tells of a value; 0 where there is one."""
        if value is MISSING:
            return values.NOT_AVAILABLE.code
        try:
            value = self.convert(value)
        except Exception as error:
            return values.lost_by(error).absent.code
        return value.code if isinstance(value, Absent) else 0

    def is_zero(self, value):
        return not value

    def put(self):
        """What a generated encoder writes the field with: a function that raises
        for whatever is not a plain value, which the slow way then takes."""
        return self._put

    def _put(self, value):
        value = self.convert(value)
        if isinstance(value, Absent):
            raise TypeError("absent")
        return self.encode(value)

    def assign(self, message, value):
        """Sets the field of a message object of protobuf's own."""
        if value is not None:
            setattr(message, self.name, value)


class _Integer(Field):
    low, high = 0, MASK64

    def convert(self, value):
        number = values.integer(value)
        if isinstance(number, Absent):
            return number
        if self.canonical:
            number = sign_extend(number)
        if self.low == 0:
            return number & self.high
        if not self.low <= number <= self.high:
            raise Lost("out of range")
        return int(number)

    def payload(self, value):
        return wire.varint(value & MASK64)


def sign_extend(address):
    """A canonical address: bit 47 fills the 16 bits above it."""
    return ((address & 0xFFFFFFFFFFFF) ^ 0x800000000000) - 0x800000000000 & MASK64


class _Narrow(_Integer):
    high = wire.MASK32

    def put(self):
        return wire.Table(self.lead, self.implicit)


class _Wide(_Integer):
    def put(self):
        return wire.wide(self.lead, self.implicit)


class _Signed(_Integer):
    def put(self):
        wide, low, high = wire.wide(self.lead, self.implicit), self.low, self.high

        def put(n):
            if not low <= n <= high:
                raise ValueError("out of range")
            return wide(n & MASK64)

        return put


class _Int32(_Signed):
    low, high = -(1 << 31), (1 << 31) - 1


class _Int64(_Signed):
    low, high = -(1 << 63), (1 << 63) - 1


class _Sint(_Integer):
    put = Field.put

    def payload(self, value):
        return wire.varint(wire.zigzag(value))


class _Sint32(_Sint):
    low, high = _Int32.low, _Int32.high


class _Sint64(_Sint):
    low, high = _Int64.low, _Int64.high


class _Fixed32(_Integer):
    wire_type, high = FIXED32, wire.MASK32

    def payload(self, value):
        return wire.fixed32(value & wire.MASK32)


class _Sfixed32(_Fixed32):
    low, high = _Int32.low, _Int32.high


class _Fixed64(_Integer):
    wire_type = FIXED64

    def payload(self, value):
        return wire.fixed64(value & MASK64)


class _Sfixed64(_Fixed64):
    low, high = _Int64.low, _Int64.high


class _Bool(Field):
    convert = staticmethod(values.boolean)

    def payload(self, value):
        return wire.byte(1 if value else 0)


class _Float(Field):
    wire_type, pack = FIXED32, staticmethod(wire.float32)

    def convert(self, value):
        number = values.real(value)
        if not isinstance(number, Absent):
            try:
                self.pack(number)
            except OverflowError:
                raise Lost("out of range")
        return number

    def is_zero(self, value):
        return not self.pack(value).strip(b"\0")

    def payload(self, value):
        return self.pack(value)


class _Double(_Float):
    wire_type, pack = FIXED64, staticmethod(wire.float64)


class _Bytes(Field):
    wire_type = LENGTH
    convert = staticmethod(values.raw)

    def payload(self, value):
        return wire.varint(len(value)) + value

    def put(self):
        """A table from the length to what stands before the bytes."""
        return wire.Table(self.lead, self.implicit)


class _String(_Bytes):
    convert = staticmethod(values.utf8)

    def assign(self, message, value):
        if value is not None:
            setattr(message, self.name, value.decode("utf-8"))


class _Enum(_Int32):
    put = Field.put

    def __init__(self, number, name, numbers, closed=False, **more):
        Field.__init__(self, number, name, **more)
        self.numbers, self.closed = numbers, closed
        self.folded = dict((fold(key), n) for key, n in numbers.items())

    def convert(self, value):
        plain = values.read(value)
        if isinstance(plain, values.text_types) and fold(plain) in self.folded:
            return self.numbers.get(plain, self.folded[fold(plain)])
        number = _Int32.convert(self, plain)
        if self.closed and not isinstance(number, Absent) and number not in self.numbers.values():
            raise Lost("not a value of the enum")
        return number


class _Timestamp(Field):
    wire_type = LENGTH
    convert = staticmethod(values.time)

    def payload(self, value):
        seconds, nanos = value
        data = b"\x08" + wire.varint(seconds & MASK64) if seconds else b""
        data += b"\x10" + wire.varint(nanos) if nanos else b""
        return wire.varint(len(data)) + data

    def is_zero(self, value):
        return False  # a message has presence

    def assign(self, message, value):
        if value is not None:
            moment = getattr(message, self.name)
            moment.SetInParent()
            moment.seconds, moment.nanos = value


class _Absence(Field):
    """Tells why the field named of has no value."""

    def __init__(self, number, name, of, **more):
        Field.__init__(self, number, name, **more)
        self.of = of
        self.subject = None

    def value(self, value, report):
        return self.subject.absence(value) or None

    def payload(self, value):
        return wire.varint(value)

    def _put(self, value):
        return self.encode(self.value(value, None))


def fold(name):
    """Names are compared by their ASCII letters and digits alone."""
    return "".join(c for c in name.lower() if "a" <= c <= "z" or "0" <= c <= "9")


__all__ = """bool_ int32 sint32 sfixed32 uint32 fixed32 int64 sint64 sfixed64 uint64 fixed64
float_ double string bytes_ enum timestamp absence sign_extend""".split()

bool_, int32, sint32, sfixed32, uint32, fixed32 = _Bool, _Int32, _Sint32, _Sfixed32, _Narrow, _Fixed32
int64, sint64, sfixed64, uint64, fixed64 = _Int64, _Sint64, _Sfixed64, _Wide, _Fixed64
float_, double, string, bytes_, enum = _Float, _Double, _String, _Bytes, _Enum
timestamp, absence = _Timestamp, _Absence
