#!/usr/bin/env python3
"""Compares the sizes of what generators make of one message: make bench-size.

The message is the PANDA-Volatility interface's linux_pslist_task, in its bare
file beside this one. Source is counted as generated, comments included; object
code as `size` counts text (code and constants) after `gcc -Os -c`, and once more
after `-O2`, or for Go as the sum of a package's functions and data. The table goes to RESULTS.md.
"""

import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import nanopb as peer
from tools import ROOT, TOOLS, Missing, fresh, run, tool

WORK = TOOLS / "bench-size"
PROTO = pathlib.Path(__file__).parent / "panda_vol_int.proto"
RESULTS = pathlib.Path(__file__).parent / "RESULTS.md"
PACKAGE = "github.com/volint/volint/.tools/bench-size"

# What nanopb needs to know of a string: a greatest size, or a callback.
NANOPB_OPTIONS = {
    "nanopb, string of at most 63 bytes": "*.name max_size:64\n",
    "nanopb, string by callback": "*.name type:FT_CALLBACK\n",
}


def protoc(folder, *arguments):
    fresh(folder)
    run(tool("protoc"), f"--proto_path={PROTO.parent}", *arguments, PROTO.name)
    return folder


def files(folder, pattern):
    return sorted(each for each in folder.rglob(pattern) if each.is_file())


def source_size(paths):
    """Lines, as they are, and bytes."""
    texts = [each.read_bytes() for each in paths]
    return sum(text.count(b"\n") for text in texts), sum(map(len, texts))


def object_size(source, *includes):
    """The bytes of code and constants in a C file's object, small and fast."""
    return tuple(object_of(source, level, includes) for level in ("-Os", "-O2"))


def object_of(source, level, includes):
    target = WORK / "object.o"
    run("gcc", "-std=c99", level, "-c", *(f"-I{each}" for each in includes), "-o", target, source)
    text, data = run("size", target).splitlines()[1].split()[:2]
    return int(text) + int(data)


def package_size(package):
    """The bytes of a Go package's functions and data."""
    archive = WORK / "package.a"
    run("go", "build", "-o", archive, package, cwd=ROOT)
    listing = run("go", "tool", "nm", "-size", archive)
    return sum(int(match[1]) for match in re.finditer(r"^\s*[0-9a-f]+\s+(\d+) [TtRrDd] ", listing, re.M))


def row(language, name, paths, size):
    return language, name, len(paths), *source_size(paths), size


def volint():
    plugin = f"--plugin=protoc-gen-volrender={TOOLS / 'bin' / 'protoc-gen-volrender'}"
    option = f"M{PROTO.name}={PACKAGE}/volint-go/pb"

    def generate(language, *options):
        out = WORK / f"volint-{language}"
        parameters = ",".join([f"lang={language}", *options])
        return protoc(out, plugin, f"--volrender_out={parameters}:{out}")

    go = generate("go", option, f"module={PACKAGE}/volint-go")
    package = "./" + str(files(go, "*.go")[0].parent.relative_to(ROOT))
    yield row("Go", "volint", files(go, "*.go"), package_size(package))
    c = generate("c")
    yield row("C", "volint", files(c, "*.[ch]"), object_size(files(c, "*.c")[0], c, ROOT / "runtime/c"))
    for language in ("python2", "python3"):
        # The support modules are the same whatever the schema: they count as
        # the runtime does elsewhere, not at all.
        out = files(generate(language), "*_volrender.py")
        yield row("Python", f"volint, {language}", out, None)


def protoc_gen_go():
    run("go", "build", "-o", TOOLS / "bin" / "protoc-gen-go",
        "google.golang.org/protobuf/cmd/protoc-gen-go", cwd=ROOT)
    out = WORK / "protoc-gen-go"
    protoc(out, f"--plugin=protoc-gen-go={TOOLS / 'bin' / 'protoc-gen-go'}", f"--go_out={out}",
           f"--go_opt=M{PROTO.name}={PACKAGE}/protoc-gen-go,module={PACKAGE}/protoc-gen-go")
    package = "./" + str(out.relative_to(ROOT))
    yield row("Go", "protoc-gen-go", files(out, "*.go"), package_size(package))


def protobuf_c():
    out = WORK / "protobuf-c"
    out.mkdir()
    run("protoc-c", f"--proto_path={PROTO.parent}", f"--c_out={out}", PROTO.name)
    yield row("C", "protobuf-c", files(out, "*.[ch]"), object_size(files(out, "*.c")[0], out))


def nanopb():
    headers = nanopb_headers()
    for number, (name, options) in enumerate(NANOPB_OPTIONS.items()):
        out = WORK / f"nanopb-{number}"
        out.mkdir()
        shutil.copy(PROTO, out)
        (out / PROTO.with_suffix(".options").name).write_text(options)
        run(tool("nanopb_generator"), "--quiet", PROTO.name, cwd=out)
        size = object_size(files(out, "*.c")[0], out, headers) if headers else None
        yield row("C", name, files(out, "*.[ch]"), size)


def nanopb_headers():
    """The folder of nanopb's headers, or None where they can't be had."""
    try:
        return peer.headers(WORK / "debian")
    except Missing as reason:
        print(f"skipped: {reason}", file=sys.stderr)
        return None


def protoc_python():
    out = WORK / "protoc-python"
    protoc(out, f"--python_out={out}")
    yield row("Python", "protoc (_pb2 module)", files(out, "*.py"), None)


def table(rows):
    yield "| language | generator | files | source, lines | source, bytes | object, bytes | at -O2 |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for language, name, count, lines, source, size in rows:
        small, fast = size if isinstance(size, tuple) else (size, None)
        sizes = " | ".join("–" if each is None else str(each) for each in (small, fast))
        yield f"| {language} | {name} | {count} | {lines} | {source} | {sizes} |"


def main():
    fresh(WORK)
    rows = [each for way in (volint, protoc_gen_go, protobuf_c, nanopb, protoc_python)
            for each in way()]
    rows.sort(key=lambda each: each[0])
    lines = "\n".join(table(rows))
    print(lines)
    RESULTS.write_text(RESULTS_HEAD + lines + "\n")


RESULTS_HEAD = """# The sizes of generated code

What generators make of one message, `linux_pslist_task` of `panda_vol_int.proto` (seven
fields). `make bench-size` measures this anew and rewrites this file; `size.py` says how.

An object is the generated code and constants, compiled by `gcc -Os`, and `-O2`, or by Go. Each
generator's own runtime comes on top, once for a program. protobuf-c's, nanopb's and
protoc-gen-go's code are tables that the runtime interprets. volint's C is such tables and, but
for `-Os`, a decoder of its own beside them, which takes the fields that come in order; its Go
also has what Go makes of the runtime's generic functions for the message's type. nanopb's string
has a fixed room or calls back; the others point to the text.

"""

if __name__ == "__main__":
    main()
