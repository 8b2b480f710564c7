#!/usr/bin/env python3
"""Compares the speed of protoc-gen-volrender with that of protoc-gen-go, on schemas of any
size, and shows how it grows.

    python3 bench/generator/generator.py [--rounds N] [--counts 10,100,450] [--only speed,code,load] [--write]

`make bench-generator` runs all of it and writes RESULTS.md. Both programs read one and the
same request on their standard input, as protoc would write it: what protoc takes to parse
the schema is not counted. schemas.py makes the schemas. What is made is compiled (cost.py)
and loaded into Volatility (load.py), too.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cost
import load
import measure
import measured
from request import Schemas
from tools import ROOT, TOOLS, fresh, pin, run

HERE = pathlib.Path(__file__).resolve().parent
WORK = TOOLS / "bench-generator"

BASE = "protoc-gen-go"
LANGUAGES = ["go", "c", "python", "python2", "python3"]
VARIANTS = {BASE: "", **{f"volint, {each}": f"lang={each}" for each in LANGUAGES},
            "volint, all": "lang=" + "+".join(LANGUAGES)}

# Volatility's own plugins are about so many messages.
ALL_OF_VOLATILITY = 450
GOAL_SECONDS = 1.0
COUNTS = [10, 100, ALL_OF_VOLATILITY, 1000, 10000]


def build():
    programs = {"protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
                "protoc-gen-volrender": "./cmd/protoc-gen-volrender"}
    for name, package in programs.items():
        run("go", "build", "-o", WORK / name, package, cwd=ROOT)


def measured_for(count, rounds):
    """{variant: Result} for so many messages."""
    schemas = Schemas(count, WORK / f"schemas-{count}")
    variants = {}
    for number, (name, parameter) in enumerate(VARIANTS.items()):
        request = schemas.folder / f"request-{number}.bin"
        request.write_bytes(schemas.request(parameter))
        program = "protoc-gen-go" if name == BASE else "protoc-gen-volrender"
        variants[name] = WORK / program, request
    return measure.rounds(variants, max(1, min(rounds, rounds * 2000 // count)), WORK / "response.bin")


def document(results):
    """The lines of the tables: {count: {variant: Result}}."""
    least = min(results)

    def growth(count, name):
        """What a message costs beyond the least schema's: constant where growth is linear."""
        if count == least:
            return "–"
        return f"{(results[count][name].cpu - results[least][name].cpu) / (count - least) * 1000:.2f}"

    def cell(text):
        return lambda count, name: text(results[count][name])

    yield from grid("Seconds of processors", results, cell(lambda each: f"{each.cpu:.3f}"))
    yield from grid("Seconds from start to end", results, cell(lambda each: f"{each.wall:.3f}"))
    yield from grid("Seconds of processors, as times protoc-gen-go's", results,
                    lambda count, name: f"{results[count][name].cpu / results[count][BASE].cpu:.2f}")
    yield from grid(f"Milliseconds of processors for a message, beyond the first {least}", results, growth)
    yield from grid("The most memory, MiB", results, cell(lambda each: f"{each.memory:.0f}"))
    yield from grid("Output, KiB", results, cell(lambda each: f"{each.size / 1024:.0f}"))
    yield from goals(results)


def grid(title, counts, cell):
    """A table with a row for each count; cell(count, variant) is its text."""
    yield f"## {title}"
    yield ""
    yield "| messages | " + " | ".join(VARIANTS) + " |"
    yield "|---:" * (len(VARIANTS) + 1) + "|"
    for count in counts:
        yield f"| {count:,} | " + " | ".join(cell(count, name) for name in VARIANTS) + " |"
    yield ""


def goals(results):
    yield "## Goals"
    yield ""
    if ALL_OF_VOLATILITY in results:
        took = results[ALL_OF_VOLATILITY]["volint, all"].wall
        yield f"- {ALL_OF_VOLATILITY} messages in all languages under a second: {took:.2f} s, {said(took < GOAL_SECONDS)}."
    for count, row in results.items():
        times = row["volint, go"].cpu / row[BASE].cpu
        yield f"- Go for {count:,} messages no slower than protoc-gen-go: {times:.2f} of its time, {said(times <= 1)}."
    yield ""


def said(reached):
    return "reached" if reached else "**missed**"


def speed(options):
    return document({count: measured_for(count, options.rounds) for count in options.counts})


def code(options):
    schemas = Schemas(ALL_OF_VOLATILITY, WORK / "code-schemas")
    return cost.table(*cost.rows(schemas, max(1, options.rounds // 10)), ALL_OF_VOLATILITY)


def loading(options):
    return load.table(load.results(load.COUNTS, options.rounds), load.COUNTS)


PARTS = {"speed": speed, "code": code, "load": loading}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--counts", type=lambda text: [int(each) for each in text.split(",")], default=COUNTS)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md, too")
    options = parser.parse_args()
    fresh(WORK)
    build()
    lines = [line for part in options.only for line in PARTS[part](options)]
    protobuf = run("go", "list", "-m", "-f", "{{.Version}}", "google.golang.org/protobuf", cwd=ROOT).strip()
    versions = (*measured.machine(), ("protobuf-go", protobuf), ("nanopb", pin("NANOPB")))
    text = (HERE / "head.md").read_text() + "\n" + "\n".join([*lines, *measured.table(versions)])
    print(text)
    if options.write:
        (HERE / "RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
