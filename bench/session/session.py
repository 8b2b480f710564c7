#!/usr/bin/env python3
"""Compares the speed of sessions with that of Volatility's own processes, and of its
other users' ways.

    python3 bench/session/session.py [--quick] [--only pslist,all,...] [--images small,debian] [--check] [--write]

`make bench-session` runs it with --write, which puts the tables into RESULTS.md. --quick
measures each once, to see that it works. --check compares the rows that all ways find,
without measuring.
"""

import argparse
import json
import os
import pathlib
import sys

import check
import measured_ways as ways
import processes
import subject
import table
from driver import Driver
from tools import Missing

import measured

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(ways.PARTS))
    parser.add_argument("--images", type=lambda text: text.split(","), default=["small", "debian"])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    programs = subject.build()
    command = [programs["driver"]]
    with Driver(command, subject.environment(subject.BUILD / "none")) as driver:
        found = subject.subjects(driver)
        chosen = [found[name] for name in options.images]
        if options.check:
            sys.exit(check.check(chosen, driver))
        results = {each.name: ways.measure(each, driver, command, options) for each in chosen}
    text = table.document((HERE / "head.md").read_text(), [*measured.machine(), *versions()], chosen, results)
    print(text)
    if options.write:
        (HERE / "RESULTS.md").write_text(text)
        (subject.BUILD / "results.json").write_text(json.dumps(results, indent=1))


def versions():
    yield "Python", measured.first(r"Python (\S+)", subject.PYTHON, "--version")
    yield "Volatility 3", measured.first(r"Framework (\S+)", subject.VOL, "frameworkinfo.FrameworkInfo", "-h")
    yield "jobs side by side", str(os.cpu_count())


if __name__ == "__main__":
    try:
        main()
    except (processes.Failed, Missing) as trouble:
        sys.exit(f"error: {trouble}\nhint: make setup-bench brings what this needs; run the command by hand to see what it says")
