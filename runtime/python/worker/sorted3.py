"""The symbols of a table in the order of their addresses.

Volatility makes this order by making an object of every symbol, which takes seconds
and much memory. The symbol file has the addresses.
"""
import functools

from volatility3.framework.symbols import intermed


def in_order(table):
    """The list that Volatility would make: [(address, name)]. None for tables of
    another kind."""
    delegate = getattr(table, "_delegate", None)
    if not isinstance(delegate, intermed.Version1Format) or not is_stock(type(delegate)):
        return None
    mask = delegate.config.get("symbol_mask", 0) or -1
    try:
        return sorted((symbol["address"] & mask, name) for name, symbol in delegate._json_object["symbols"].items())
    except (KeyError, TypeError):  # Volatility says what is wrong with it
        return None


def is_stock(kind):
    return kind.__module__ == intermed.__name__


def sort(table):
    """Puts a table's symbols in order, unless they are; whether it could."""
    if not table._sort_symbols:
        table._sort_symbols = in_order(table) or []
    return bool(table._sort_symbols)


def install():
    """Makes tables sort their symbols so when they first need to."""
    kind = intermed.IntermediateSymbolTable
    stock = kind.get_symbols_by_location
    if hasattr(stock, "__wrapped__"):
        return

    @functools.wraps(stock)
    def get_symbols_by_location(self, offset, size=0):
        sort(self)
        return stock(self, offset, size)

    kind.get_symbols_by_location = get_symbols_by_location
