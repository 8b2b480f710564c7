"""Remembers where pages are, under Volatility 2.

It walks the page tables for each byte of each object anew, four reads a time. In an
image that does not change they lead to the same place again. Where memory is a
running guest's, nothing is remembered.
"""
import volatility.plugins.addrspaces.amd64 as amd64

# Pages that are remembered of one address space.
MOST = 1 << 18

_walk = amd64.AMD64PagedMemory.vtop
_changes = [True]


def install(changes):
    """Lets address spaces remember; changes says whether the image's memory does."""
    _changes[0] = changes
    amd64.AMD64PagedMemory.vtop = vtop


def vtop(space, address):
    """The physical address, or None."""
    address = long(address)  # noqa: F821 - Python 2
    try:
        page = space._pages_known[address >> 12]
    except KeyError:
        page = walked(space, address)
    except AttributeError:
        if _changes[0] or space.get_config().WRITE:
            return _walk(space, address)
        space._pages_known = pages_of(space)
        return vtop(space, address)
    return None if page is None else page | address & 0xFFF


def walked(space, address):
    found = _walk(space, address)
    known = space._pages_known
    if len(known) >= MOST:
        known.clear()
    page = known[address >> 12] = None if found is None else found & ~0xFFF
    return page


def pages_of(space):
    """What is known of the page tables at the address space's root. Address spaces of
    a process are made again and again; what they lie upon stays."""
    roots = space.base.__dict__.setdefault("_pages_by_root", {})
    return roots.setdefault((space.__class__, space.dtb), {})
