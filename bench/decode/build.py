"""Builds what bench/decode measures: the data set, each peer's generated code.

Everything goes to bench/decode/build, which git ignores. Code that protoc writes
for several peers in one program gets a proto package for each peer, so that their
registries don't meet; the bytes of a row are the same.
"""

import atexit
import contextlib
import fcntl
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tools import ROOT, TOOLS, Missing, fresh, pin, run, tool

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE / "build"
BIN = BUILD / "bin"
DATA = BUILD / "data"
MODULE = "github.com/volint/volint/bench/decode/build/go"
IMAGE = TOOLS / "image" / "linux-6.1-tiny.raw"
SYMBOLS = ROOT / "testdata" / "linux-6.1-tiny"

# The schemas that peers get: (a) is the seed's own bare file.
SCHEMAS = [ROOT / "bench" / "size" / "panda_vol_int.proto",
           HERE / "proto" / "rows.proto", HERE / "proto" / "nested.proto"]


@contextlib.contextmanager
def alone():
    """Lets one program at a time build here."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def private(name):
    """The path of a binary of this process alone, which goes with it: the next one
    that builds must not change what is being measured."""
    path = BIN / f"{name}.{os.getpid()}"
    atexit.register(lambda: path.unlink(missing_ok=True))
    return path


def variants(peer, change=lambda text: text):
    """Copies the schemas with packages of the peer's own and returns the folder."""
    folder = fresh(BUILD / "proto" / peer)
    for source in SCHEMAS:
        text = change(re.sub(r"^package (\w+);", rf"package {peer}_\1;", source.read_text(), flags=re.M))
        (folder / f"{peer}_{source.name}").write_text(text)
    return folder


def names(folder):
    return sorted(each.name for each in folder.glob("*.proto"))


# The data ---------------------------------------------------------------------


def data():
    """Makes the data sets. What Volatility says of the image is asked for once."""
    DATA.mkdir(parents=True, exist_ok=True)
    listing = DATA / "kallsyms.jsonl"
    try:
        if not listing.exists():
            listing.write_text(run(tool("vol"), "-q", "-s", SYMBOLS, "-f", IMAGE, "-r", "jsonl", "linux.kallsyms",
                                   fails="linux.kallsyms"))
        arguments = [listing]
    except Missing as missing:
        print(f"skipped: the rows of linux.kallsyms: {missing}", file=sys.stderr)
        arguments = []
    run("go", "run", "./data", DATA, *arguments, cwd=HERE)


# volint -----------------------------------------------------------------------


def plugin():
    BIN.mkdir(parents=True, exist_ok=True)
    run("go", "build", "-o", BIN / "protoc-gen-volrender", "./cmd/protoc-gen-volrender", cwd=ROOT)
    return f"--plugin=protoc-gen-volrender={BIN / 'protoc-gen-volrender'}"


def volint(language, out, *options):
    """Generates volint's code of all schemas."""
    fresh(out)
    schemas = ["panda_vol_int.proto", "rows.proto", "nested.proto"]
    if language == "go":
        options += tuple(f"M{name}={MODULE}/volint;volint" for name in schemas)
    run(tool("protoc"), f"--proto_path={ROOT / 'schema'}", f"--proto_path={HERE / 'proto'}", plugin(),
        f"--volrender_out={','.join([f'lang={language}', *options])}:{out}", *schemas)
    return out


# Go ---------------------------------------------------------------------------


def go():
    """Generates the Go of all peers."""
    out = BUILD / "go"
    (out / "volint").mkdir(parents=True, exist_ok=True)
    for name in ("google.golang.org/protobuf/cmd/protoc-gen-go",
                 "github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto"):
        run("go", "build", "-o", BIN / name.rpartition("/")[2], name, cwd=HERE)
    plugins = [f"--plugin={name}={BIN / name}" for name in ("protoc-gen-go", "protoc-gen-go-vtproto")]
    for peer, more in {"open": [], "opaque": ["default_api_level=API_OPAQUE"], "vt": []}.items():
        folder = variants(peer)
        fresh(out / peer)
        options = [f"module={MODULE}", *(f"M{name}={MODULE}/{peer}" for name in names(folder)), *more]
        command = [tool("protoc"), f"--proto_path={folder}", *plugins, f"--go_out={out}",
                   "--go_opt=" + ",".join(options)]
        if peer == "vt":
            command += [f"--go-vtproto_out={out}", "--go-vtproto_opt=" + ",".join(
                [*options, "features=marshal+size+unmarshal+unmarshal_unsafe"])]
        run(*command, *names(folder))
    volint("go", out / "volint", f"module={MODULE}/volint")


def go_binary():
    go()
    binary = private("peers.test")
    run("go", "test", "-c", "-o", binary, "./peers", cwd=HERE)
    return binary
