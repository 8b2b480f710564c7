#!/usr/bin/env python3
"""Compares the speed of volint's generated code with that of its peers.

    python3 bench/decode/decode.py [--rounds N] [--only go,c,python] [--sets pslist,mixed] [--check]

`make bench-decode` runs all of it and writes RESULTS.md. --only and --sets measure
a part and print it, for work on that part; --check builds and compares what all
peers read, without measuring.
"""

import argparse

import build
import measure
import table

PARTS = ("go", "c", "python")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS)
    parser.add_argument("--sets", type=lambda text: text.split(","))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    build.data()
    tables = []
    if "go" in options.only:
        binary = build.go_binary()
        measure.output(binary, "-test.run=.", cwd=build.HERE / "peers")
        if not options.check:
            tables += table.go(measure.go(binary, options.rounds, options.sets))
    print("\n".join(tables))


if __name__ == "__main__":
    main()
