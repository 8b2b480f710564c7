"""What the code of many messages costs who compiles it: time, size, and in Go the start of
a program that imports it."""

import collections
import os
import re
import subprocess

import generated
import nanopb
from tools import ROOT, TOOLS, Missing, fresh, run, tool

# Seconds of processors and MiB that compiling takes, the bytes of code and data, the
# lines and bytes of source; of a program that imports it the bytes that it has more
# than one that does not, and the milliseconds that it takes longer to start.
Row = collections.namedtuple("Row", "name lines source seconds memory size program start", defaults=(None, None))

WORK = TOOLS / "bench-generator"
# Below the module, so that the generated code finds the packages that it imports.
PACKAGE = "github.com/volint/volint/.tools/bench-generator/code"
STARTS = 40


def cost(*command, **options):
    """Seconds of processors and MiB that a program takes."""
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, **options)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status != 0:
        raise SystemExit(f"error: {command[0]} failed\nhint: see its words above")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def source(paths):
    texts = [path.read_bytes() for path in paths]
    return sum(text.count(b"\n") for text in texts), sum(map(len, texts))


# Go ---------------------------------------------------------------------------


def go(schemas, rounds):
    """volint's Go and protoc-gen-go's, of all messages, compiled package by package."""
    parameter = f"module={schemas.module}"
    yield go_row("Go: volint", generated.write(WORK / "protoc-gen-volrender", schemas.request(f"lang=go,{parameter}"),
                                           WORK / "code" / "volint"), rounds)
    yield go_row("Go: protoc-gen-go", generated.write(WORK / "protoc-gen-go", schemas.request(parameter),
                                                  WORK / "code" / "peer"), rounds)


def go_row(name, folder, rounds):
    packages = {f"{PACKAGE}/{folder.name}/{path.parent.relative_to(folder)}": [] for path in folder.rglob("*.go")}
    for path in folder.rglob("*.go"):
        packages[f"{PACKAGE}/{folder.name}/{path.parent.relative_to(folder)}"].append(path)
    run("go", "build", *packages, cwd=ROOT)  # what they import is compiled with this
    config = folder / "importcfg"
    config.write_text(run("go", "list", "-export", "-deps", "-f",
                          "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", *packages, cwd=ROOT))
    seconds = memory = size = 0
    for package, files in packages.items():
        archive = folder / "package.a"
        command = ["go", "tool", "compile", "-o", archive, "-p", package, "-importcfg", config, "-pack", *sorted(files)]
        costs = [cost(*command, cwd=ROOT) for _ in range(rounds)]
        seconds += min(each[0] for each in costs)
        memory = max(memory, min(each[1] for each in costs))
        listing = run("go", "tool", "nm", "-size", archive)
        size += sum(int(match[1]) for match in re.finditer(r"^\s*[0-9a-f]+\s+(\d+) [TtRrDd] ", listing, re.M))
    sources = [path for files in packages.values() for path in files]
    return Row(name, *source(sources), seconds, memory, size, *program(folder, packages))


def program(folder, packages):
    """(bytes, milliseconds) that a program has more for importing the packages."""
    common = ["github.com/volint/volint/runtime/row", "google.golang.org/protobuf/proto",
              "google.golang.org/protobuf/types/known/timestamppb",
              "github.com/volint/volint/gen/go/volint/volrender/v1"]
    binaries = []
    for name, imports in (("without", common), ("with", [*common, *packages])):
        main = fresh(folder / name) / "main.go"
        main.write_text("package main\n\n" + "".join(f'import _ "{each}"\n' for each in imports) + "\nfunc main() {}\n")
        binaries.append(folder / name / "program")
        run("go", "build", "-o", binaries[-1], f"./{main.parent.relative_to(ROOT)}", cwd=ROOT)
    starts = [[], []]
    for _ in range(STARTS):
        for times, binary in zip(starts, binaries):
            times.append(cost(binary)[0])
    without, used = map(sorted, starts)
    return binaries[1].stat().st_size - binaries[0].stat().st_size, (used[STARTS // 2] - without[STARTS // 2]) * 1000


# C ----------------------------------------------------------------------------


def c(schemas, rounds):
    folder = generated.write(WORK / "protoc-gen-volrender", schemas.request("lang=c"), WORK / "code" / "c")
    includes = [f"-I{folder}", f"-I{ROOT / 'runtime' / 'c'}", f"-I{ROOT / 'gen' / 'c'}"]
    yield c_row("C: volint, -Os", folder, "*.volrender.[ch]", includes, "-Os", rounds)
    yield c_row("C: volint, -O2", folder, "*.volrender.[ch]", includes, "-O2", rounds)
    folder = nanopb_code(schemas)
    yield c_row("C: nanopb, -Os", folder, "*.pb.[ch]", [f"-I{folder}", f"-I{nanopb.headers(WORK / 'nanopb')}"], "-Os", rounds)


def nanopb_code(schemas):
    """nanopb's code, with text and bytes by callback, which is its smallest."""
    out = fresh(WORK / "code" / "nanopb")
    folders = [schemas.folder, ROOT / "schema", nanopb.protos()]
    run(tool("nanopb_generator"), "--quiet", f"--output-dir={out}", *(f"--proto-path={each}" for each in folders),
        "-x", "volint/volrender/v1/options.proto", *schemas.paths,
        "volint/volrender/v1/absence.proto", "google/protobuf/timestamp.proto", cwd=schemas.folder)
    return out


def c_row(name, folder, pattern, includes, level, rounds):
    sources = sorted(path for path in folder.rglob(pattern))
    seconds = memory = size = 0
    target = WORK / "object.o"
    for path in sources:
        if path.suffix != ".c":
            continue
        command = ["gcc", "-std=c99", level, "-c", *includes, "-o", target, path]
        costs = [cost(*command) for _ in range(rounds)]
        seconds += min(each[0] for each in costs)
        memory = max(memory, min(each[1] for each in costs))
        text, data = run("size", target).splitlines()[1].split()[:2]
        size += int(text) + int(data)
    return Row(name, *source(sources), seconds, memory, size)


def rows(schemas, rounds):
    """(rows, what is missing)."""
    found, missing = [], []
    for language in (go, c):
        try:
            found += language(schemas, rounds)
        except Missing as reason:
            missing.append(str(reason))
    return found, missing


def table(found, missing, count):
    yield f"## The code of {count} messages"
    yield ""
    yield ("| | lines | source, KiB | compiling, s of processors | its memory, MiB | code and data, KiB "
           "| a program's, KiB | a program's start, ms |")
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for each in found:
        more = ["–", "–"] if each.program is None else [f"{each.program / 1024:,.0f}", f"{each.start:.1f}"]
        yield (f"| {each.name} | {each.lines:,} | {each.source / 1024:,.0f} | {each.seconds:.1f} | {each.memory:.0f} "
               f"| {each.size / 1024:,.0f} | {' | '.join(more)} |")
    yield ""
    for reason in missing:
        yield f"- not measured: {reason}"
        yield ""
