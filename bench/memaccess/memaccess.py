#!/usr/bin/env python3
"""Compares the speed of reading memory through volint's servers and clients with that
of the original's way, a thread and one write for each request.

    python3 bench/memaccess/memaccess.py [--rounds N] [--only go,c,python,kdump] [--write]

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


def commands():
    """The servers: {name: (command, whether it passes descriptors)}."""
    go = build.go()
    return {
        "original": [build.original(), build.memory(), "SOCKET"],
        "volint's Go": [go, "serve", build.memory(), "SOCKET"],
        "volint's Go, files": [go, "serve", "-files", build.memory(), "SOCKET"],
    }


def targets(sockets):
    """{name: (way, socket)}: what a client reads from, and how."""
    yield table.BASE, ("single", sockets["original"])
    for server in ("volint's Go", "volint's C"):
        if server in sockets:
            yield f"{server}, single", ("single", sockets[server])
            yield f"{server}, vectored", ("vectored", sockets[server])
            yield f"{server}, descriptor", ("descriptor", sockets[f"{server}, files"])


def go(options, sockets):
    yield table.Table("Go", measure.client([build.go()], options.rounds, dict(targets(sockets))))


PARTS = {"go": go}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md, too")
    options = parser.parse_args()
    tables, missing = [], {}
    with servers.serving(commands()) as sockets:
        for name in options.only:
            try:
                tables += PARTS[name](options, sockets)
            except Missing as reason:
                missing[name] = str(reason)
    text = "\n".join(table.document((HERE / "head.md").read_text(), versions.all_of(), tables, missing))
    print(text)
    if options.write:
        (HERE / "RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
