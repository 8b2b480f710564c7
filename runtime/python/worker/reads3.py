"""Reading through page tables, for the reads that Volatility makes most: a few bytes
within one page. Each goes through two generators and four layers of checks there;
here through one look at where the page lies. What is read, and what can't be, is the
same, and all else goes the stock way.
"""
import functools

from volatility3.framework import exceptions
from volatility3.framework.layers import intel, linear, physical

from . import imports3

PAGE = 12  # bits
LOW = (1 << PAGE) - 1

# The names that the methods use whose work is done here.
KNOWN = (
    (
        linear.LinearlyMappedLayer.read,
        "InvalidAddressException LayerException _context exceptions join layers len mapping name read",
    ),
    (intel.Intel.mapping, "_mapping"),
    (
        intel.Intel._mapping,
        "InvalidAddressException PagedInvalidAddressException _context _page_size_in_bits _translate exceptions "
        "invalid_bits is_valid isinstance layers min",
    ),
    (
        intel.Intel._translate,
        "PagedInvalidAddressException _base_layer _mask _page_is_valid _pte_pfn _translate_entry exceptions hex "
        "name page_mask page_shift",
    ),
    (intel.Intel.is_valid, "InvalidAddressException _context all exceptions is_valid layers mapping"),
    (
        physical.FileLayer.read,
        "InvalidAddressException _file _lock exceptions is_valid len maximum_address minimum_address name read seek",
    ),
)

stock_read = linear.LinearlyMappedLayer.read
stock_is_valid = intel.Intel.is_valid


@functools.lru_cache(maxsize=1024)
def page(self, number):
    """Where a page lies: (address, layer)."""
    address, _size, layer = self._translate(number << PAGE)
    return address, self._context.layers[layer]


def place(self, offset, length):
    """(layer below, address) of bytes that lie in one page; None where that can't be
    told so."""
    if length <= 0 or (offset & LOW) + length > LOW + 1 or not is_plain(type(self)):
        return None
    try:
        address, below = page(self, offset >> PAGE)
    except exceptions.InvalidAddressException:
        return None
    address += offset & LOW
    return (below, address) if below.is_valid(address, length) else None


@functools.lru_cache(maxsize=None)
def is_plain(kind):
    """Whether a layer's pages lie as Intel's manuals say, whatever its entries mean."""
    return (
        issubclass(kind, intel.Intel)
        and kind._translate is intel.Intel._translate
        and kind._mapping is intel.Intel._mapping
        and kind.mapping is intel.Intel.mapping
    )


@functools.lru_cache(maxsize=512)
def read(self, offset, length, pad=False):
    found = place(self, offset, length)
    if found is None:
        return stock_read.__wrapped__(self, offset, length, pad)
    below, address = found
    data = b""
    if type(below) is physical.FileLayer:
        file = below._file
        file.seek(address)
        data = file.read(length)
    return data if len(data) == length else below.read(address, length, pad)


def is_valid(self, offset, length=1):
    return place(self, offset, length) is not None or stock_is_valid(self, offset, length)


def install():
    """Puts the quick ways in; whether they fit this Volatility."""
    if linear.LinearlyMappedLayer.read is read:
        return True
    for method, names in KNOWN:
        code = getattr(method, "__wrapped__", method).__code__
        if imports3.names_of(code) != set(names.split()):
            return False
    linear.LinearlyMappedLayer.read = read
    intel.Intel.is_valid = is_valid
    # Where layers forget what they read, they look for methods with a cache.
    intel.Intel.volint_page = page
    return True
