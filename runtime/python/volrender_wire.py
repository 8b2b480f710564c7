"""The protobuf wire format and the frame, for generated encoders.

Works under Python 2.7 and 3, with the standard library alone.
"""
import re
import struct

if bytes is str:  # Python 2
    byte = chr
    text_type = unicode  # noqa: F821
    integer_types = (int, long)  # noqa: F821
else:
    text_type = str
    integer_types = (int,)

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


# Numbers of 14 bits as two varint bytes: with more to follow, and as the end, where
# one byte may do.
_first = [byte(n | 0x80) for n in range(0x80)]
_last = [byte(n) for n in range(0x80)]
continued = [low + high for high in _first for low in _first]
ended = _last + [low + high for high in _last[1:] for low in _first]


def varint(n):
    """n, not negative and below 2**64, seven bits a byte, the lowest first."""
    if n < 0x4000:
        return ended[n]
    if n < 0x10000000:
        return continued[n & 0x3FFF] + ended[n >> 14]
    return continued[n & 0x3FFF] + continued[n >> 14 & 0x3FFF] + varint(n >> 28)


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


def utf8(text):
    """Valid UTF-8 for text or bytes, which escape has been over."""
    data = text if isinstance(text, bytes) else text_bytes(text)
    try:
        data.decode("ascii")
        plain = b"\\x" not in data
    except UnicodeDecodeError:
        plain = False
    return data if plain else escape(data)


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


# Tables ----------------------------------------------------------------------


class Memory(dict):
    """From a value to what put makes of it: the same values come up again and again.
    Only so many are remembered, and only short ones; put may raise."""

    MOST, LONGEST = 1 << 15, 256

    def __init__(self, put):
        dict.__init__(self)
        self.put = put

    def __missing__(self, value):
        out = self.put(value)
        if len(self) < self.MOST and len(out) <= self.LONGEST:
            self[value] = out
        return out


# From a frame's size, where it is not large, to what stands before it.
heads = [frame_header(size) for size in range(1 << 12)]
