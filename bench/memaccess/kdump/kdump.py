#!/usr/bin/env python3
"""Compares the speed of reading kdumps with libkdumpfile's.

    python3 bench/memaccess/kdump/kdump.py [--rounds N] [--copies N] [--check] [--write]

`make bench-kdump` runs it with --write, which puts the tables into RESULTS.md.
--check compares what both read, without measuring. What can't be had here is left
out, and told.
"""

import argparse
import pathlib
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tools import ROOT, TOOLS, Missing, fresh, run

HERE = pathlib.Path(__file__).resolve().parent
WORK = TOOLS / "bench-kdump"
IMAGE = TOOLS / "image" / "linux-6.1-tiny.raw"
RESULTS = HERE / "RESULTS.md"
HEAD = HERE / "head.md"

# The libraries that pack.c compresses with.
LIBRARIES = {"zlib": ("zlib.h", "z"), "lzo": ("lzo/lzo1x.h", "lzo2"), "snappy": ("snappy-c.h", "snappy"),
             "zstd": ("zstd.h", "zstd")}

PATTERNS = [("sequential", 4096), ("sequential", 65536), ("sequential", 1 << 20), ("random", 4096)]


def compiles(header, library):
    probe = WORK / "probe.c"
    probe.write_text(f"#include <{header}>\nint main(void) {{ return 0; }}\n")
    try:
        run("gcc", "-o", WORK / "probe", probe, f"-l{library}", fails=header)
    except Missing:
        return False
    return True


def build():
    """Builds the programs. Returns the compressions that can be made, and whether
    libkdumpfile is there."""
    run(sys.executable, ROOT / "scripts" / "setup" / "unpack_image.py")
    run("go", "build", "-o", WORK / "ours", "./bench/memaccess/kdump/ours", cwd=ROOT)
    there = {name: library for name, (header, library) in LIBRARIES.items() if compiles(header, library)}
    run("gcc", "-O2", "-o", WORK / "pack", HERE / "pack.c", *(f"-DHAVE_{name.upper()}" for name in there),
        *(f"-l{library}" for library in there.values()))
    theirs = "zlib" in there and compiles("libkdumpfile/kdumpfile.h", "kdumpfile")
    if theirs:
        run("gcc", "-O2", "-o", WORK / "theirs", HERE / "theirs.c", "-lkdumpfile", "-lz")
    return ["none", *there], theirs


def make(method, copies, target):
    """Writes a dump, and beside it what QEMU would write: records of 16 KiB. Both are
    written from begin to end, since that decides in what pieces the system has them."""
    packed = target.with_suffix(".packed")
    run(WORK / "pack", method, IMAGE, copies, packed)
    with open(packed, "rb") as dump, open(target, "wb") as plain, open(target.with_suffix(".flat"), "wb") as flat:
        flat.write(struct.pack(">16sqq", b"makedumpfile", 1, 1).ljust(4096, b"\0"))
        offset = 0
        while piece := dump.read(16384):
            plain.write(piece)
            flat.write(struct.pack(">qq", offset, len(piece)) + piece)
            offset += len(piece)
        flat.write(struct.pack(">qq", -1, -1))
    packed.unlink()


class Side:
    """One of those that are compared: a name, and how to call it."""

    def __init__(self, name, dump, *before, after=()):
        self.name, self.dump = name, dump
        self.before, self.after = before, after

    def sum(self):
        return int(run(*self.before, "sum"))

    def measure(self, pattern, size):
        """Nanoseconds for each byte: the processor's, the clock's."""
        return tuple(map(float, run(*self.before, pattern, size, *self.after).split()))


def sides(method, length, theirs):
    dump, flat = WORK / f"{method}.kdump", WORK / f"{method}.flat"
    yield Side("volint", dump, WORK / "ours", dump, after=[1, 1])
    yield Side("volint, flattened", flat, WORK / "ours", flat, after=[1, 1])
    yield Side("volint, 2 processors", dump, WORK / "ours", dump, after=[1, 2])
    yield Side("volint, 2 processors and readers", dump, WORK / "ours", dump, after=[2, 2])
    if theirs:
        yield Side("libkdumpfile", dump, WORK / "theirs", dump, length)


def expect_sums(memory, sides_of):
    """Holds that all read what was packed."""
    for side in sides_of:
        if side.sum() != zlib.crc32(memory):
            sys.exit(f"error: {side.name} reads other bytes of {side.dump}\nhint: see the tests of memaccess/source/kdump")


def measure(sides_of, rounds):
    """{(side, pattern, size): (processor, clock)}, the least of the rounds."""
    least = {}
    for _ in range(rounds):
        for pattern, size in PATTERNS:
            for side in sides_of:
                key = side.name, pattern, size
                now = side.measure(pattern, size)
                least[key] = tuple(map(min, now, least.get(key, now)))
    return least


def table(method, least):
    columns = [f"{pattern} {label(size)}" for pattern, size in PATTERNS]
    yield f"### {method if method != 'none' else 'not compressed'}"
    yield ""
    yield "| | " + " | ".join(columns) + " |"
    yield "|---|" + "---:|" * len(columns)
    for name, clock in (("volint", 0), ("volint, flattened", 0), ("libkdumpfile", 0), ("volint", 1),
                        ("volint, 2 processors", 1), ("volint, 2 processors and readers", 1)):
        if (name, *PATTERNS[0]) in least:
            title = name + (" by the clock" if clock else "")
            yield f"| {title}, MB/s | " + " | ".join(f"{1e3 / least[name, *each][clock]:.0f}" for each in PATTERNS) + " |"
    if ("libkdumpfile", *PATTERNS[0]) in least:
        for name in ("volint", "volint, flattened"):
            ratios = (least["libkdumpfile", *each][0] / least[name, *each][0] for each in PATTERNS)
            yield f"| **libkdumpfile's time ÷ {name}'s** | " + " | ".join(f"**{each:.2f}**" for each in ratios) + " |"
    yield ""


def label(size):
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def document(options):
    fresh(WORK)
    methods, theirs = build()
    memory = IMAGE.read_bytes() * options.copies
    missing = [name for name in LIBRARIES if name not in methods] + ([] if theirs else ["libkdumpfile"])
    for name in missing:
        yield f"Left out: {name}, whose headers are not there."
        yield ""
    for method in methods:
        dump = WORK / f"{method}.kdump"
        make(method, options.copies, dump)
        sides_of = list(sides(method, len(memory), theirs))
        expect_sums(memory, sides_of)
        if not options.check:
            yield from table(method, measure(sides_of, options.rounds))
        for each in WORK.glob(f"{method}.*"):
            each.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--copies", type=int, default=16, help="how often the image is in a dump: 20 MiB each")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md, too")
    options = parser.parse_args()
    lines = []
    for line in document(options):
        lines.append(line)
        print(line, flush=True)
    if options.write and not options.check:
        RESULTS.write_text(HEAD.read_text() + "\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
