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

import build
import build_c
import build_python
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


def python(options):
    runs, lines = [], []
    for title, environment, language, backend in build_python.PYTHONS:
        try:
            runs.append((title, build_python.interpreter(environment), build_python.folder(language), backend))
        except build.Missing as reason:
            lines.append(f"Left out: {title}: {reason}.\n")
    for _, interpreter, folder, backend in runs:
        measure.output(interpreter, build.HERE / "python" / "rows.py", folder, build.DATA, 20_000, "check",
                       "ours" if options.ours else "all", env=measure.backend_environment(backend))
    if options.check:
        return lines
    return table.python(measure.python(runs, min(options.rounds, 5), options.rows, options.ours), lines)


PARTS = {"go": go, "c": c, "python": python}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--sets", type=lambda text: text.split(","))
    parser.add_argument("--rows", type=int, default=200_000)
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
