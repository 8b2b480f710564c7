"""What volint makes of Volatility 3's own classes, and helpers for expressions."""
from volatility3.cli.text_renderer import display_disassembly
from volatility3.framework import renderers
from volatility3.framework.exceptions import InvalidAddressException, SymbolError, SymbolSpaceError
from volatility3.framework.interfaces.renderers import BaseAbsentValue
from volatility3.framework.objects import Array, Char, Pointer
from volatility3.framework.renderers import format_hints

from . import volrender_values as values

# The most bytes that are read for one value.
LIMIT = 16 << 20


def c_string(text, limit=4096):
    """The bytes of a char array up to its first NUL, as they are in memory; of a
    pointer, those that it points to, at most limit."""
    layer = text._context.layers[text.vol.layer_name]
    if not isinstance(text, Pointer):
        return layer.read(text.vol.offset, text.vol.size).split(b"\0", 1)[0]
    layer = text._context.layers[text.vol.native_layer_name]
    data, at = b"", int(text)
    while len(data) < limit and b"\0" not in data:
        # Not over the end of a page: the next one need not be there.
        n = min(limit - len(data), 4096 - (at + len(data)) % 4096)
        data += layer.read(at + len(data), n)
    return data.split(b"\0", 1)[0]


def _layer_data(value):
    """Read now: a layer of a live guest has other bytes later."""
    if value.length > LIMIT:
        raise values.Lost("longer than %d bytes" % LIMIT, values.NOT_AVAILABLE)
    try:
        return bytes(value.context.layers[value.layer_name].read(value.offset, value.length))
    except InvalidAddressException:
        return values.UNREADABLE


def _disassembly(value):
    try:
        text = display_disassembly(value).strip("\n")
    except Exception:
        text = ""
    return values.Blob(text or value.data.hex(), value.data)


def _multi_type(value):
    data = bytes(value)
    try:
        text = data.hex() if value.show_hex else data.decode(value.encoding).rstrip("\0")
    except (LookupError, UnicodeError):
        text = data.hex()
    return values.Blob(text, data)


def _array(value):
    """An array of characters is text; others are as many values."""
    if not issubclass(value.vol.subtype.vol.object_class, Char):
        raise values.Lost("type %s" % type(value).__name__)
    return c_string(value)


for _cls, _absent in (
    (BaseAbsentValue, values.UNKNOWN),
    (renderers.UnreadableValue, values.UNREADABLE),
    (renderers.UnparsableValue, values.UNPARSABLE),
    (renderers.NotApplicableValue, values.NOT_APPLICABLE),
    (renderers.NotAvailableValue, values.NOT_AVAILABLE),
):
    values.absent(_cls, _absent)
values.reader(Array, _array)
values.reader(renderers.LayerData, _layer_data)
values.reader(renderers.Disassembly, _disassembly)
values.reader(format_hints.MultiTypeData, _multi_type)
values.HEXADECIMAL.append(format_hints.Hex)
values.BINARY.append(format_hints.Bin)
values.ERRORS += [
    (InvalidAddressException, values.UNREADABLE),
    ((SymbolError, SymbolSpaceError), values.NOT_AVAILABLE),
]
