"""What Volatility 2 parses of a Linux profile: the types of its .dwarf file and the
symbols of its System.map.

A profile that was restored must be the one that is parsed, and its dictionaries the
same in the order of their keys, too: Volatility resolves a type by those that it
came across before, and names an address by the last symbol that has it. Under
Python 2 that order follows from how a dictionary came to be. So it is noted in which
order keys came (and went), and done again.

What is saved is marshalled: tuples of strings, numbers, lists and dictionaries.
"""
import marshal
import struct

import volatility.dwarf as dwarf

FORM = 1  # of what is saved


class Parsed(object):
    """What a profile's files say, to be made again for each who asks: a profile
    changes what it gets. kernel is a System.map of the same kind, in small."""

    def __init__(self, types, symbols, kernel):
        self._types, self._symbols = types, symbols  # marshalled
        self.kernel = kernel

    def types(self):
        """What dwarf.DWARFParser makes of the .dwarf file."""
        units, types, ordered = marshal.loads(self._types)
        every = {}
        for names, deleted in units:
            every.update(fresh(names))
            for name in deleted:
                del every[name]
        for name, size, members, flat in types:
            every[name] = [size, fresh(members)]
            values, at = every[name][1], 0
            for member in members:
                values[member] = flat[at : at + 2]
                at += 2
        for name, member, path, keys in ordered:
            reorder(every[name][1][member], path, keys)
        return every

    def symbols(self):
        """What the profile's parse_system_map makes of System.map."""
        return symbols_of(*marshal.loads(self._symbols))

    def saved(self):
        """It as bytes."""
        return marshal.dumps((FORM, self._types, self._symbols, self.kernel))


def parse(types, system_map):
    """The Parsed of a profile's files."""
    parser = Parser(types)
    parser.finalize()
    return Parsed(marshal.dumps(parser.saved()), marshal.dumps(lines_of(system_map)), small(system_map))


def restore(data):
    """The Parsed of what saved() gave; None for another form of it."""
    saved = marshal.loads(data)
    return Parsed(*saved[1:]) if saved[0] == FORM else None


class Parser(dwarf.DWARFParser):
    """Volatility's parser, which notes the order in which types and members came."""

    def __init__(self, data):
        self.units = []
        dwarf.DWARFParser.__init__(self, data)

    @property
    def vtypes(self):
        """The types of the compilation unit that is being read."""
        return self._vtypes

    @vtypes.setter
    def vtypes(self, types):
        self._vtypes = types if isinstance(types, Noted) else Noted()

    def finalize(self):
        before = set(self.all_vtypes) | set(self.vtypes)
        every = dwarf.DWARFParser.finalize(self)
        self.units.append((self.vtypes.names, [name for name in before if name not in every]))
        return every

    def saved(self):
        types, ordered = [], []
        for name, (size, members) in self.all_vtypes.items():
            flat = []
            for member in members.names:
                offset, kind = members[member]
                flat += [offset, kind]
                for path, choices in disordered(kind, (1,)):
                    ordered.append((name, member, path, self._came(choices)))
            types.append((name, size, members.names, flat))
        return self.units, types, ordered

    def _came(self, choices):
        """The order in which an enumeration's choices came."""
        for _size, values in self.enums.values():
            if len(values) >= len(choices) and set(values.itervalues()) == set(choices):
                keys = list(values.itervalues())
                if list(fresh(keys)) == list(choices):
                    return keys
        return list(choices)


class Noted(dict):
    """A dictionary that notes the order in which its keys came; so do those that are
    second in what it holds, as members are in a type."""

    def __init__(self):
        dict.__init__(self)
        self.names = []

    def __setitem__(self, name, value):
        name = intern(name)
        if name not in self:
            self.names.append(name)
        if type(value[1]) is dict and not value[1]:
            value[1] = Noted()
        dict.__setitem__(self, name, value)


def fresh(names):
    """A dictionary with keys that came in this order."""
    made = {}
    for name in names:
        made[name] = None
    return made


# Inside of a member's kind are dictionaries, too: the choices of an enumeration.
# Marshal writes their keys in the order that they have, and what it reads may have
# another.


def disordered(kind, path):
    """(path to it, itself) for each dictionary that marshal would change."""
    for at, part in kind.items() if isinstance(kind, dict) else enumerate(kind):
        if isinstance(part, dict) and list(fresh(part)) != list(part):
            yield path + (at,), part
        if isinstance(part, (dict, list)):
            for found in disordered(part, path + (at,)):
                yield found


def reorder(member, path, keys):
    """Puts a dictionary's keys into the order in which they came."""
    for at in path[:-1]:
        member = member[at]
    old = member[path[-1]]
    new = member[path[-1]] = fresh(keys)
    for key in keys:  # update() would make room first, and so another order
        new[key] = old[key]


# System.map -------------------------------------------------------------------


def lines_of(system_map):
    """A System.map's lines: names, addresses as packed numbers, and kinds."""
    names, addresses, kinds = [], [], []
    for line in system_map.splitlines():
        address, kind, name = line.strip().split()
        try:
            addresses.append(long(address, 16))  # noqa: F821 - Python 2
        except ValueError:
            continue
        names.append(intern(name))
        kinds.append(intern(kind))
    return names, struct.pack("<%dQ" % len(addresses), *addresses), kinds


def symbols_of(names, addresses, kinds):
    """What parse_system_map makes of these lines: all of one module."""
    found = {}
    for name, address, kind in zip(names, struct.unpack("<%dQ" % len(names), addresses), kinds):
        entry = [long(address), kind]  # noqa: F821 - Python 2
        if name in found:
            found[name].append(entry)
        else:
            found[name] = [entry]
    return {"kernel": found}


def small(system_map):
    """The lines of a System.map by which Volatility tells machines apart: the last, by
    the length of its address, and one that only kernels for ARM have."""
    lines = system_map.splitlines()
    return "\n".join([line for line in lines if line.endswith(" arm_syscall")] + lines[-1:])
