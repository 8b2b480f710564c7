"""Which machine, compilers and packages were measured with."""

import re
import shutil

import build
import build_c
import build_python
from measured import first, gcc, machine
from tools import Missing, pin, tool

GO_MODULES = {
    "protobuf-go": "google.golang.org/protobuf",
    "vtprotobuf": "github.com/planetscale/vtprotobuf",
    "easyproto": "github.com/VictoriaMetrics/easyproto",
}


def go_modules():
    text = (build.HERE / "go.mod").read_text()
    for title, module in GO_MODULES.items():
        yield title, re.search(rf"^\s*{re.escape(module)} v(\S+)", text, re.M)[1]


def pythons():
    for environment in ("py3", "py2"):
        try:
            python, protobuf = build_python.version(build_python.interpreter(environment))
        except Missing:
            continue
        yield f"Python {python}", f"protobuf {protobuf}"


def nanopb():
    found = sorted((build_c.OUT / "nanopb").glob("nanopb-*/pb_decode.c"))
    return found[0].parent.name.partition("-")[2] if found else "not there"


def all_of():
    """(what, version) in the order of the table."""
    yield from machine()
    yield from go_modules()
    yield from gcc()
    yield "protobuf-c", first(r"protobuf-c (\S+)", "protoc-c", "--version")
    yield "nanopb, its generator and its C", f"{pin('NANOPB')}, {nanopb()}"
    yield "upb, in the crate protobuf, -O3", pin("PROTOBUF_RUST")
    yield "C++ protobuf", first(r"(\S+)", "pkg-config", "--modversion", "protobuf")
    yield from pythons()
    if shutil.which("ldd"):
        yield "C library", first(r"ldd \((.*)\)", "ldd", "--version")
    yield "protoc", first(r"libprotoc (\S+)", tool("protoc"), "--version")
