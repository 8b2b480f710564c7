"""The symbol at an address, under Volatility 2.

Its profiles look through all symbols for each address: a table of system calls takes
minutes. Here the addresses are in a dictionary, from the first question on.
"""


def install(profile):
    """Lets a class of Linux profiles find symbols quickly."""
    profile._get_symbol_by_address = symbol_by_address


def prepare(profile):
    """Has the addresses there before the first question."""
    if vars(type(profile)).get("_get_symbol_by_address") is symbol_by_address:
        for module, symbols in profile.sys_map.items():
            index(profile, symbols, module)


def symbol_by_address(profile, module, address):
    """The last of a module's symbols that has the address; "" where none has it."""
    address = int(address)
    return index(profile, profile.sys_map[module], module).get(address - profile.virtual_shift, "")


def index(profile, symbols, module):
    """Names by the addresses that the symbol file gives."""
    indices = profile.__dict__.setdefault("_names_by_address", {})
    known = indices.get(module)
    if known is None or known[0] is not symbols or known[1] != len(symbols):
        names = {}
        for name, places in symbols.iteritems():
            for address, _kind in places:
                names[address] = name
        known = indices[module] = (symbols, len(symbols), names)
    return known[2]
