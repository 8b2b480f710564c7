"""Fields of one number: how a value becomes one, how it is written and read.

Works under Python 2.7 and 3.
"""
import operator
import struct

from . import volrender_decode as decoding
from . import volrender_values as values
from . import volrender_wire as wire
from .volrender_values import MISSING, Absent, Lost
from .volrender_wire import FIXED32, FIXED64, MASK32, MASK64, VARINT


class Field(object):
    """A field of a message.

    What a plug-in folder says of fields that its Volatility fills: column is the
    folded title of the column, title the title as people know it; sometimes says that
    it need not be there; depth takes the row's depth instead; absent_value is written
    where there is no value. of names the field whose absence this one tells.

    What programs use beside: attr, the attribute's name where it is not the
    field's; default, the value that stands for an unset field; utf8, to check text.

    A value goes one of two ways to what encode takes: value has the rules for
    whatever comes out of Volatility, and check those for programs.
    """

    wire_type = VARINT
    zero = 0

    def __init__(self, number, name, column=None, title=None, depth=False, canonical=False,
                 implicit=False, required=False, absent_value=None, oneof=None, attr=None,
                 default=None, utf8=False, sometimes=False):
        self.number, self.name, self.attr = number, name, attr or name
        self.column, self.title, self.depth = column, title or name, depth
        self.sometimes = sometimes
        self.canonical, self.implicit, self.required = canonical, implicit, required
        self.absent_value, self.oneof, self.utf8 = absent_value, oneof, utf8
        self.default = self.zero if default is None else default
        self.of = None
        self.tag = number << 3 | self.wire_type
        self.lead = wire.varint(self.tag)

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
        if value.__class__ is values.Holed:
            report.note(self.name, values.HOLED)
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

    def assign(self, message, value):
        """Sets the field of a message object of protobuf's own."""
        if value is not None:
            setattr(message, self.name, self.pb2(value))

    def pb2(self, value):
        """A value as protobuf's own Python has it."""
        return value

    # For programs, whose rows have the field as the attribute attr.

    def fresh(self):
        """The attribute of a new row. A field that is written unless zero is zero."""
        return self.default if self.implicit else None

    # Whether adopt has something to do.
    adopts = False

    def adopt(self, value, level):
        """The attribute for a value that a constructor was given, for a row that lies
        so deep in others: rows for dicts, and numbers for the names of an enum. What
        can't be one stays, and check tells."""
        return value

    def check(self, value, level=0):
        """What encode takes, for an attribute that is not None, in a row that lies so
        deep in others. Raises ValueError or TypeError for what the field can't hold."""
        raise NotImplementedError

    def decode(self, raw):
        """The attribute for a value that was read: the number of a varint, or the
        bytes of anything else."""
        return raw

    # Whether decode has nothing to do.
    as_read = False

    def readers(self, takes, opens, cls):
        """Puts into takes, by tag, the functions that set the field of a row, and
        into opens the field itself where its value is a message."""
        put, decode = getattr(cls, self.attr).__set__, self.decode
        takes[self.tag] = put if self.as_read else lambda row, raw: put(row, decode(raw))

    def many(self, raw):
        """The attributes in one packed value."""
        return [self.decode(n) for n in decoding.varints(raw)]

    # Of fields whose value is a message: start gives what is read into, and goes on
    # with what an earlier one left; finish makes the attribute of it.

    is_message = False

    # How faults in the value are told: without the names of its parts, as those of a
    # map's entry are; or as one of the whole.
    has_entries = in_one_piece = False

    def begin(self, row):
        return self.start(getattr(row, self.attr))

    def close(self, row, child):
        setattr(row, self.attr, self.finish(child))

    def rows_in(self, value):
        """The rows in an attribute's value."""
        return ()

    def shapes(self):
        """The types of messages that a value can hold."""
        return ()


TOO_WIDE = "does not fit in 64 bits"


class _Integer(Field):
    low, high = 0, MASK64

    def convert(self, value):
        number = values.integer(value)
        if isinstance(number, Absent):
            return number
        if self.high > MASK32 and not -(1 << 63) <= number <= MASK64:
            raise Lost(TOO_WIDE)
        if self.canonical:
            number = sign_extend(number)
        if self.low == 0:
            return number & self.high
        if not self.low <= number <= self.high:
            raise Lost("out of range")
        return int(number)

    def payload(self, value):
        return wire.varint(value & MASK64)

    def check(self, value, level=0):
        try:
            value = operator.index(value)
        except TypeError:
            raise decoding.wanted("a number is", value)
        if not self.low <= value <= self.high:
            raise ValueError("%d is not between %d and %d" % (value, self.low, self.high))
        return value

    def decode(self, raw):
        n = raw & MASK32 if self.high <= MASK32 else raw
        return n if n <= self.high else int(n - (self.high + 1) * 2)


def sign_extend(address):
    """A canonical address: bit 47 fills the 16 bits above it."""
    return ((address & 0xFFFFFFFFFFFF) ^ 0x800000000000) - 0x800000000000 & MASK64


class _Uint32(_Integer):
    high = MASK32


class _Uint64(_Integer):
    as_read = True


class _Int32(_Integer):
    low, high = -(1 << 31), (1 << 31) - 1


class _Int64(_Integer):
    low, high = -(1 << 63), (1 << 63) - 1


class _Sint(_Integer):
    def payload(self, value):
        return wire.varint(wire.zigzag(value))

    def decode(self, raw):
        n = raw & MASK32 if self.high <= MASK32 else raw
        return int(n >> 1 ^ -(n & 1))


class _Sint32(_Sint):
    low, high = _Int32.low, _Int32.high


class _Sint64(_Sint):
    low, high = _Int64.low, _Int64.high


class _Fixed(object):
    """What numbers of a fixed size have in common: letter is module struct's."""

    def payload(self, value):
        return struct.pack("<" + self.letter, value)

    def decode(self, raw):
        return struct.unpack("<" + self.letter, raw)[0]

    def many(self, raw):
        count, rest = divmod(len(raw), struct.calcsize("<" + self.letter))
        if rest:
            raise decoding.Malformed(decoding.TRUNCATED)
        return struct.unpack("<%d%s" % (count, self.letter), raw)


class _Fixed32(_Fixed, _Integer):
    wire_type, letter, high = FIXED32, "I", MASK32


class _Sfixed32(_Fixed, _Integer):
    wire_type, letter = FIXED32, "i"
    low, high = _Int32.low, _Int32.high


class _Fixed64(_Fixed, _Integer):
    wire_type, letter = FIXED64, "Q"


class _Sfixed64(_Fixed, _Integer):
    wire_type, letter = FIXED64, "q"
    low, high = _Int64.low, _Int64.high


class _Bool(Field):
    zero = False
    convert = staticmethod(values.boolean)

    def payload(self, value):
        return wire.byte(1 if value else 0)

    def check(self, value, level=0):
        try:
            return bool(operator.index(value))
        except TypeError:
            raise decoding.wanted("a bool is", value)

    def decode(self, raw):
        return raw != 0


class _Float(_Fixed, Field):
    wire_type, letter, zero = FIXED32, "f", 0.0

    def convert(self, value):
        number = values.real(value)
        if not isinstance(number, Absent):
            try:
                self.payload(number)
            except OverflowError:
                raise Lost("out of range")
        return number

    def is_zero(self, value):
        return not self.payload(value).strip(b"\0")

    def check(self, value, level=0):
        if isinstance(value, values.text_types + (bytes,)):
            raise decoding.wanted("a number is", value)
        try:
            number = float(value)
        except TypeError:
            raise decoding.wanted("a number is", value)
        except OverflowError:
            raise ValueError("the number is too large")
        try:
            self.payload(number)
        except OverflowError:
            raise ValueError("%r is too large" % number)
        return number


class _Double(_Float):
    wire_type, letter = FIXED64, "d"


bool_, int32, sint32, sfixed32, uint32, fixed32 = _Bool, _Int32, _Sint32, _Sfixed32, _Uint32, _Fixed32
int64, sint64, sfixed64, uint64, fixed64 = _Int64, _Sint64, _Sfixed64, _Uint64, _Fixed64
float_, double = _Float, _Double

__all__ = """Field bool_ int32 sint32 sfixed32 uint32 fixed32 int64 sint64 sfixed64 uint64 fixed64
float_ double sign_extend""".split()
