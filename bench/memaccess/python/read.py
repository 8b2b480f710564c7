"""Reads memory by volint's Python client, and in the original's way. Works under
Python 2.7 and 3.

    read.py read ROUNDS SIZES NAME=WAY:SOCKET...

A way is "original"; "single", "vectored" or "descriptor", volint's client, that is
told to know no more of the server; or "space", what Volatility reads by: the address
space of Volatility 2 under 2.7, the layer of Volatility 3 under 3. Each socket is
read from in turn, for 10 ms; a round is over when each had its turn. Prints a line of
JSON for each round, size and socket: {"name", "size", "ns": time of a read}.
"""
from __future__ import print_function

import json
import os
import sys
import time

import original

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = 4096
RANGES = 64
TURN = 0.01
now = getattr(time, "perf_counter", time.time)

CLIENTS = os.path.join(HERE, "..", "..", "..", "memaccess", "python")


def client():
    """The module of the Volatility that this Python has."""
    sys.path.insert(0, CLIENTS)
    sys.dont_write_bytecode = True
    return __import__("pmemaddressspace" if sys.version_info[0] == 2 else "volint_memory_layer")


def knowing(path, *features):
    """A Memory that uses these of the server's features."""
    module = client()
    memory = module.Memory(path)
    hidden = {"vectored": module.HAS_VECTORED, "descriptor": module.HAS_DESCRIPTOR}
    for name, bit in hidden.items():
        if name in features and not memory.hello.features & bit:
            sys.exit("error: the server on %s has no %s reads" % (path, name))
        if name not in features:
            memory.hello.features &= ~bit
    return memory


def space(path):
    """What Volatility reads by."""
    module = client()
    if sys.version_info[0] == 2:
        return module.PMemAddressSpace(None, configuration("unix://" + path))
    from volatility3.framework import contexts

    context = contexts.Context()
    context.config["memory.location"] = "unix://" + path
    return module.MemoryLayer(context, "memory", "memory")


def configuration(location):
    """Volatility 2's, with the profile that it takes unless it is told one."""
    import volatility.addrspace
    import volatility.conf
    import volatility.registry

    stdout = os.dup(1)
    os.dup2(2, 1)  # where it says which plugins can't be imported
    volatility.registry.PluginImporter()
    sys.stdout.flush()
    os.dup2(stdout, 1)
    config = volatility.conf.ConfObject()
    volatility.registry.register_global_options(config, volatility.addrspace.BaseAddressSpace)
    config.update("LOCATION", location)
    return config


def one_by_one(memory, forget=lambda: None):
    """Reads a batch by itself each; what it kept of the last is dropped."""

    def read(batch, size):
        for address in batch:
            forget()
            if len(memory.read(address, size)) != size:
                sys.exit("error: a short read")

    return read


def together(memory):
    def read(batch, size):
        if None in memory.read_each([(address, size) for address in batch]):
            sys.exit("error: a short read")

    return read


def reader(way, path):
    """(a function that reads a batch, how many reads a batch has)."""
    if way == "original":
        return one_by_one(original.Original(path)), 1
    if way == "space":
        return one_by_one(space(path)), 1
    if way == "vectored":
        return together(knowing(path, "vectored")), RANGES
    memory = knowing(path, *[way] if way != "single" else [])
    return one_by_one(memory, memory.forget), 1


def addresses(size, length, count):
    """Pages here and there, the same each time."""
    seed = 1
    while True:
        batch = []
        for _ in range(count):
            seed = (seed * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            batch.append((seed >> 33) * PAGE % (length - size) & -PAGE)
        yield batch


def turn(read, batches, size):
    """Reads for a while and returns nanoseconds for each read."""
    count, start = 0, now()
    while now() - start < TURN:
        batch = next(batches)
        read(batch, size)
        count += len(batch)
    return (now() - start) / count * 1e9


def main(rounds, sizes, *targets):
    readers = []
    for target in targets:
        name, _, where = target.rpartition("=")
        way, _, path = where.partition(":")
        read, count = reader(way, path)
        readers.append((name, read, count))
    length = client().Memory(path).end
    for size in map(int, sizes.split(",")):
        batches = [addresses(size, length, count) for _name, _read, count in readers]
        for _ in range(int(rounds)):
            for (name, read, _count), batch in zip(readers, batches):
                print(json.dumps({"name": name, "size": size, "ns": turn(read, batch, size)}))


if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[1] != "read":
        sys.exit("usage: read.py read ROUNDS SIZES NAME=WAY:SOCKET...")
    main(*sys.argv[2:])
