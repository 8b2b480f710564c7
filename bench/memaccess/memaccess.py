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
import servers
import table
import versions
from tools import Missing

HERE = pathlib.Path(__file__).parent


def commands(programs):
    """The servers: {name: command}. Those with files pass descriptors."""
    own = {"volint's Go": programs["go"], "volint's C": programs["c"]}
    yield "original", [programs["original"], build.memory(), "SOCKET"]
    for name, program in own.items():
        yield name, [program, "serve", build.memory(), "SOCKET"]
        yield f"{name}, files", [program, "serve", "-files", build.memory(), "SOCKET"]


def targets(sockets, *ways):
    """{name: (way, socket)}: what a client reads from, and how. The server that
    passes descriptors is for the ways that use them."""
    found = {}
    for server in ("volint's Go", "volint's C"):
        for way in ways:
            files = ", files" if way in ("descriptor", "space") else ""
            found[f"{server}, {way}"] = way, sockets[server + files]
    return found


WAYS = ("single", "vectored", "descriptor")


def go(options, programs, sockets):
    base = {table.BASE: ("single", sockets["original"])}
    yield table.Table("Go", measure.client([programs["go"]], options.rounds, base | targets(sockets, *WAYS)), table.GOALS)


def c(options, programs, sockets):
    base = {table.BASE: ("single", sockets["original"])}
    yield table.Table("C", measure.client([programs["c"]], options.rounds, base | targets(sockets, *WAYS)), table.GOALS)


def python(options, _, sockets):
    """What a client of the original's does is 4096 bytes in a request."""
    base = {table.BASE: ("original", sockets["original"])}
    for title, environment in {"Python 3": "py3", "Python 2.7": "py2"}.items():
        command = [build.python(environment), build.HERE / "python" / "read.py"]
        results = measure.client(command, options.rounds, base | targets(sockets, *WAYS, "space"))
        yield table.Table(title, results, table.PYTHON_GOALS)


def leechcore(options, *_):
    command = [build.python("leechcore"), build.HERE / "peer" / "leechcore.py"]
    ways = {f"LeechCore, {way}": (way, build.memory()) for way in ("single", "vectored")}
    yield table.Peer("LeechCore, of the file, from Python 3", measure.client(command, options.rounds, ways))


PARTS = {"go": go, "c": c, "python": python, "leechcore": leechcore}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md, too")
    options = parser.parse_args()
    tables, missing = [], {}
    programs = {"go": build.go(), "c": build.c(), "original": build.original()}
    with servers.serving(dict(commands(programs))) as sockets:
        for name in options.only:
            try:
                tables += PARTS[name](options, programs, sockets)
            except Missing as reason:
                missing[name] = str(reason)
    text = "\n".join(table.document((HERE / "head.md").read_text(), versions.all_of(), tables, missing))
    print(text)
    if options.write:
        (HERE / "RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
