"""What volint makes of Volatility 3's own classes, and helpers for expressions."""
from volatility3.cli.text_renderer import display_disassembly, multitypedata_as_text
from volatility3.framework import renderers
from volatility3.framework.exceptions import InvalidAddressException, SymbolError, SymbolSpaceError
from volatility3.framework.interfaces.layers import TranslationLayerInterface
from volatility3.framework.interfaces.renderers import BaseAbsentValue
from volatility3.framework.objects import Array, Char, Pointer
from volatility3.framework.renderers import format_hints

from . import volrender_values as values

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
    """Read now: a layer of a live guest has other bytes later. As Volatility's own JSON
    has it, there are zeros for what can't be read, unless that is all."""
    if value.length > values.LIMIT:
        # The beginning of it would look like the whole.
        raise values.Lost(values.TOO_LONG, values.NOT_AVAILABLE)
    layer = value.context.layers[value.layer_name]
    try:
        return bytes(layer.read(value.offset, value.length))
    except InvalidAddressException:
        return _padded(layer, value.offset, value.length)


def _padded(layer, offset, length):
    """What can be read, and zeros for the rest."""
    if isinstance(layer, TranslationLayerInterface):
        if not any(found[1] > 0 for found in layer.mapping(offset, length, ignore_errors=True)):
            return values.UNREADABLE
        return values.Holed(layer.read(offset, length, pad=True))
    start, end = max(offset, layer.minimum_address), min(offset + length, layer.maximum_address + 1)
    if start >= end:
        return values.UNREADABLE
    return values.Holed(layer.read(start, end - start, pad=True).rjust(end - offset, b"\0").ljust(length, b"\0"))


class _Code(values.Blob):
    """Machine code, whose text takes a while to make."""

    is_text = False

    def __init__(self, code):
        self._code, self.data = code, code.data

    @property
    def text(self):
        try:
            return display_disassembly(self._code).strip("\n") or self.data.hex()
        except Exception:
            return self.data.hex()


def _parts_of_code(code):
    return {"data": code.data, "address": code.offset, "offset": code.offset, "architecture": code.architecture}


def _multi_type(value):
    data = bytes(value)
    try:
        text = multitypedata_as_text(value).strip("\n")
    except LookupError:  # of an encoding
        text = data.hex()
    return values.Blob(text, data, is_text=True)


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
values.reader(renderers.Disassembly, _Code)
values.reader(format_hints.MultiTypeData, _multi_type)
values.parts(renderers.Disassembly, _parts_of_code)
values.SHOWN += [(format_hints.Hex, "0x{:x}".format), (format_hints.Bin, "0b{:b}".format)]
values.ERRORS += [
    (InvalidAddressException, values.UNREADABLE),
    ((SymbolError, SymbolSpaceError), values.NOT_AVAILABLE),
]
