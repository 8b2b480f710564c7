#!/usr/bin/env python3
"""Compares the speed of volint's generated code with that of its peers.

    python3 bench/decode/decode.py [--only go,c,python] [--sets pslist,mixed] [--ours]
                                   [--rounds N] [--rows N] [--check]

`make bench-decode` runs all of it and writes RESULTS.md. The options are for work on
a part, which is printed: --only and --sets choose it, --ours leaves out all but
volint and what is written by hand, --rounds says how often each variant runs, --rows
how many rows Python encodes. --check builds, and compares what all peers read and
write, without measuring.
"""

import argparse
import pathlib

import build
import build_c
import build_python
import measure
import table
import versions

RESULTS = pathlib.Path(__file__).parent / "RESULTS.md"
HEAD = pathlib.Path(__file__).parent / "head.md"


def go(options):
    with build.alone():
        binary = build.go_binary()
    measure.output(binary, "-test.run=.", cwd=build.HERE / "peers")
    if options.check:
        return
    yield from table.go(measure.go(binary, options.rounds, options.sets, options.ours))


def c(options):
    with build.alone():
        binary, missing = build_c.binary([] if options.ours else build_c.PEERS)
    for peer, reason in missing.items():
        print(f"left out: {peer}: {reason}", flush=True)
    measure.output(binary, build.DATA, "check")
    if options.check:
        return
    yield from table.c(measure.c(binary, options.rounds, options.sets), missing)


def python(options):
    with build.alone():
        runs = list(build_python.runs())
    which = "ours" if options.ours else "all"
    for _, interpreter, folder, backend in runs:
        measure.output(interpreter, build.HERE / "python" / "rows.py", folder, build.DATA, 20_000, "check", which,
                       env=measure.backend_environment(backend))
    if options.check:
        return
    # Each of its rounds takes a minute.
    rounds = min(options.rounds, 5)
    yield from table.python(measure.python(runs, rounds, options.rows, options.ours), {})


PARTS = {"go": go, "c": c, "python": python}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--sets", type=lambda text: text.split(","))
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--ours", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md, too")
    options = parser.parse_args()
    with build.alone():
        build.data()
    tables = []
    for name in options.only:
        tables += PARTS[name](options)
    text = "\n".join(table.document(HEAD.read_text(), versions.all_of(), tables))
    if not options.check:
        print(text if options.write else "\n".join(line for each in tables for line in each.lines()))
    if options.write:
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
