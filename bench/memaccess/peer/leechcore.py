"""Reads a raw dump by LeechCore, as MemProcFS does: the library reads the file itself.

    leechcore.py read ROUNDS SIZES NAME=single:FILE NAME=vectored:FILE

prints the same lines as volint's clients. Single reads are its read, and vectored its
read_scatter, which takes pages; less than 512 bytes it does not read.
"""

import json
import os
import sys
import time

import leechcorepyc

PAGE = 4096
RANGES = 64
TURN = 0.01


def addresses(size, length, count):
    """Pages here and there, the same each time."""
    seed = 1
    while True:
        batch = []
        for _ in range(count):
            seed = (seed * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            batch.append((seed >> 33) * PAGE % (length - size) & -PAGE)
        yield batch


def single(dump, size):
    def read(batch):
        for address in batch:
            if len(dump.read(address, size)) != size:
                sys.exit("error: a short read")
    return read


def vectored(dump, _):
    def read(batch):
        if any(len(each["data"]) != PAGE for each in dump.read_scatter(batch)):
            sys.exit("error: a short read")
    return read


def turn(read, batches):
    """Reads for a while and returns nanoseconds for each read."""
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < TURN:
        batch = next(batches)
        read(batch)
        count += len(batch)
    return (time.perf_counter() - start) / count * 1e9


def main(rounds, sizes, *targets):
    for size in map(int, sizes.split(",")):
        for _ in range(int(rounds)):
            for target in targets:
                name, _, rest = target.partition("=")
                way, _, path = rest.partition(":")
                if size < PAGE or way == "vectored" and size != PAGE:
                    continue
                dump = OPEN.setdefault(name, leechcorepyc.LeechCore(path))
                read = {"single": single, "vectored": vectored}[way](dump, size)
                batches = addresses(size, os.path.getsize(path), RANGES if way == "vectored" else 1)
                print(json.dumps({"name": name, "size": size, "ns": turn(read, batches)}))


OPEN = {}

if __name__ == "__main__":
    main(*sys.argv[2:])
