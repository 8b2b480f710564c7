#!/usr/bin/env python3
"""Compares the speed of reading memory through volint's servers and clients with that
of the original's way, a thread and one write for each request.

    python3 bench/memaccess/memaccess.py [--rounds N] [--only go,c,python,leechcore] [--write]

`make bench-memaccess` runs all of it and writes RESULTS.md. --only chooses clients.
"""

import argparse
import pathlib

import build
import measure
import measured
import servers
import table
from tools import Missing

HERE = pathlib.Path(__file__).parent


# How much memory is served, in MiB: as little as a plugin's reads are spread over, and
# more than a processor's caches hold.
FEW, MANY = 4, 64


def commands(programs, memory):
    """The servers: {name: command}."""
    return {"original": [programs["original"], memory, "SOCKET"],
            "volint's Go": [programs["go"], "serve", memory, "SOCKET"],
            "volint's C": [programs["c"], "serve", "-files", memory, "SOCKET"]}


def targets(sockets, *ways):
    """{name: (way, socket)}: what a client reads from, and how. It takes descriptors
    for the ways that use them alone."""
    return {f"{server}, {way}": (way, sockets[server]) for server in ("volint's Go", "volint's C") for way in ways}


WAYS = ("single", "vectored", "descriptor")


def compiled(options, program, title):
    """volint's client in Go or C, over few pages and over many."""
    for mib in (FEW, MANY):
        with servers.serving(commands(options.programs, build.memory(mib))) as sockets:
            all_of = {table.BASE: ("single", sockets["original"])} | targets(sockets, *WAYS)
            results = measure.client([program], options.rounds, all_of)
        yield table.Table(f"{title}, {mib} MiB", results, table.GOALS)


def go(options):
    return compiled(options, options.programs["go"], "Go")


def c(options):
    return compiled(options, options.programs["c"], "C")


def python(options):
    """What a client of the original's does is 4096 bytes in a request."""
    for title, environment in {"Python 3": "py3", "Python 2.7": "py2"}.items():
        command = [build.python(environment), build.HERE / "python" / "read.py"]
        with servers.serving(commands(options.programs, build.memory(MANY))) as sockets:
            all_of = {table.BASE: ("original", sockets["original"])} | targets(sockets, *WAYS, "space")
            results = measure.client(command, options.rounds, all_of)
        yield table.Table(f"{title}, {MANY} MiB", results, table.PYTHON_GOALS)


def leechcore(options):
    command = [build.python("leechcore"), build.HERE / "peer" / "leechcore.py"]
    ways = {f"LeechCore, {way}": (way, build.memory(MANY)) for way in ("single", "vectored")}
    yield table.Peer(f"LeechCore, of the file, from Python 3, {MANY} MiB", measure.client(command, options.rounds, ways))


PARTS = {"go": go, "c": c, "python": python, "leechcore": leechcore}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md, too")
    options = parser.parse_args()
    options.programs = {"go": build.go(), "c": build.c(), "original": build.original()}
    tables, missing = [], {}
    for name in options.only:
        try:
            tables += PARTS[name](options)
        except Missing as reason:
            missing[name] = str(reason)
    versions = (*measured.machine(), *measured.gcc())
    text = "\n".join(table.document((HERE / "head.md").read_text(), versions, tables, missing))
    print(text)
    if options.write:
        (HERE / "RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
