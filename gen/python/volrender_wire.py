"""The protobuf wire format and the frame, for generated encoders.

Works under Python 2.7 and 3, with the standard library alone.
"""
import re
import struct

if bytes is str:  # Python 2
    byte = chr
    text_type = unicode  # noqa: F821
else:
    text_type = str

    def byte(n):
        return bytes((n,))


MASK32 = (1 << 32) - 1
MASK64 = (1 << 64) - 1

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

join = b"".join
frame_header = struct.Struct("<I").pack
fixed32 = struct.Struct("<I").pack
fixed64 = struct.Struct("<Q").pack
float32 = struct.Struct("<f").pack
float64 = struct.Struct("<d").pack


def varint(n):
    """n, not negative and below 2**64, seven bits a byte, the lowest first."""
    out = []
    while n > 0x7F:
        out.append(byte(n & 0x7F | 0x80))
        n >>= 7
    out.append(byte(n))
    return join(out)


def zigzag(n):
    """The unsigned 64-bit number that sint32 and sint64 write for n."""
    return (n << 1 ^ n >> 63) & MASK64


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


# Strings -------------------------------------------------------------------

# Runs of valid UTF-8, and, in the group, each byte that is no part of it or that
# would look like an escape.
_ODD = re.compile(
    br"(?:[\x00-\x5b\x5d-\x7f]|\\(?!x[0-9a-f][0-9a-f])|[\xc2-\xdf][\x80-\xbf]"
    br"|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    br"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+"
    br"|([\x00-\xff])"
)
_ESCAPE = re.compile(br"\\x([0-9a-f]{2})")


def escape(data):
    r"""Valid UTF-8 that stands for any bytes; unescape gives them back.

    A byte that is no part of valid UTF-8 becomes \xhh, and a backslash before an
    x and two lower-case hexadecimal digits becomes \x5c. All else stays.
    """
    return _ODD.sub(_escaped, data)


def _escaped(match):
    odd = match.group(1)
    if odd is None:
        return match.group(0)
    return ("\\x%02x" % ord(odd)).encode("ascii")


def unescape(data):
    r"""The bytes that escaped UTF-8 stands for: every \xhh becomes that byte."""
    return _ESCAPE.sub(lambda m: byte(int(m.group(1), 16)), data)


def text_bytes(text):
    """The bytes behind decoded text.

    Lone surrogates U+DC80 to U+DCFF are the raw bytes that they stand for in
    Python 3; others give their own three bytes, which are not UTF-8.
    """
    try:
        return text.encode("utf-8", "strict" if bytes is str else "surrogateescape")
    except UnicodeEncodeError:
        return join([_char_bytes(c) for c in text])


def _char_bytes(c):
    n = ord(c)
    if 0xDC80 <= n <= 0xDCFF:
        return byte(n - 0xDC00)
    if 0xD800 <= n <= 0xDFFF:
        return byte(0xE0 | n >> 12) + byte(0x80 | n >> 6 & 0x3F) + byte(0x80 | n & 0x3F)
    return c.encode("utf-8")


# Tables for the fast path ---------------------------------------------------
#
# A generated encoder looks most of a row up: the bytes of a number that came
# before are there already, its field's tag in front of them.

_LIMIT = 1 << 14


class Table(dict):
    """From a number to its field's bytes: tag and varint. Keys must be masked.

    Small numbers are remembered, so that a table stays below 2**14 entries. With
    implicit, 0 is written as nothing.
    """

    def __init__(self, lead, implicit=False):
        dict.__init__(self)
        self.lead = lead
        if implicit:
            self[0] = b""

    def __missing__(self, n):
        out = self.lead + varint(n)
        if n < _LIMIT:
            self[n] = out
        return out


class _Continued(dict):
    """From 14 bits to two varint bytes with more to follow, after a lead."""

    def __init__(self, lead=b""):
        dict.__init__(self)
        self.lead = lead

    def __missing__(self, n):
        out = self[n] = self.lead + byte(n & 0x7F | 0x80) + byte(n >> 7 | 0x80)
        return out


class _High(dict):
    """The end of a varint: few different ones in a table of addresses or times."""

    def __missing__(self, n):
        if len(self) >= _LIMIT:
            self.clear()
        out = self[n] = varint(n)
        return out


_continued = _Continued()
_high = _High()


def wide(lead, implicit=False):
    """A function from a number below 2**64 to its field's bytes, fast where the
    numbers are large and many."""
    small, first = Table(lead, implicit), _Continued(lead)
    continued, high = _continued, _high

    def put(n):
        if n < 0x4000:
            return small[n]
        if n < 0x10000000:
            return first[n & 0x3FFF] + high[n >> 14]
        return first[n & 0x3FFF] + continued[n >> 14 & 0x3FFF] + high[n >> 28]

    return put


# What a generated encoder makes of strings and bytes before it joins them. Both
# raise for all but plain values, which are most; the slow way takes the rest. Text
# that holds a backslash and an x is looked at once a row: see volrender_rows.

if bytes is str:

    def fast_text(value):
        if value.__class__ is not str:
            raise TypeError("not a plain str")
        value.decode("ascii")
        return value

    def fast_bytes(value):
        if value.__class__ is not str:
            raise TypeError("not a plain str")
        return value

else:
    def fast_text(value):
        if value.__class__ is str:
            return value.encode()
        if value.__class__ is bytes and value.isascii():  # a c_string
            return value
        raise TypeError("not plain text")

    def fast_bytes(value):
        if not isinstance(value, bytes):
            raise TypeError("not bytes")
        return value
