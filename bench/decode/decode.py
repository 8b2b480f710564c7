#!/usr/bin/env python3
"""Compares the speed of volint's generated code with that of its peers.

    python3 bench/decode/decode.py [--rounds N] [--only go,c,python] [--sets pslist,mixed] [--ours] [--check]

`make bench-decode` runs all of it and writes RESULTS.md. --only and --sets measure
a part and print it, for work on that part, and --ours leaves out all but volint and
what is written by hand; --check builds and compares what all peers read, without
measuring.
"""

import argparse

import build
import build_c
import measure
import table


def go(options):
    binary = build.go_binary()
    measure.output(binary, "-test.run=.", cwd=build.HERE / "peers")
    if options.check:
        return []
    return table.go(measure.go(binary, options.rounds, options.sets, options.ours))


def c(options):
    binary, missing = build_c.binary([] if options.ours else build_c.PEERS)
    measure.output(binary, build.DATA, "check")
    if options.check:
        return [f"skipped: {peer}: {reason}" for peer, reason in missing.items()]
    return table.c(measure.c(binary, options.rounds, options.sets), missing)


PARTS = {"go": go, "c": c}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--sets", type=lambda text: text.split(","))
    parser.add_argument("--ours", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    build.data()
    lines = []
    for name in options.only:
        lines += PARTS[name](options)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
