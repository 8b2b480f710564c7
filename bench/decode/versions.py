"""Which machine, compilers and packages were measured with."""

import os
import platform
import re
import shutil

import build
import build_c
import build_python
from tools import Missing, pin, run, tool


def first(pattern, *command):
    """What the pattern's group finds in what a program prints."""
    try:
        found = re.search(pattern, run(*command, fails="not there"))
    except Missing:
        return "not there"
    return found[1] if found else "unknown"


def processor():
    with open("/proc/cpuinfo") as file:
        name = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    return f"{name[1] if name else platform.machine()}, {os.cpu_count()} cores"


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
    yield "processor", processor()
    yield "system", f"{platform.system()} {platform.release().partition('-')[0]}"
    yield "Go", first(r"go(\S+)", "go", "env", "GOVERSION")
    yield from go_modules()
    yield "gcc, -O2", first(r"(\d+\.\d+\.\d+)", "gcc", "--version")
    yield "protobuf-c", first(r"protobuf-c (\S+)", "protoc-c", "--version")
    yield "nanopb, its generator and its C", f"{pin('NANOPB')}, {nanopb()}"
    yield "upb, in the crate protobuf, -O3", pin("PROTOBUF_RUST")
    yield "C++ protobuf", first(r"(\S+)", "pkg-config", "--modversion", "protobuf")
    yield from pythons()
    if shutil.which("ldd"):
        yield "C library", first(r"ldd \((.*)\)", "ldd", "--version")
    yield "protoc", first(r"libprotoc (\S+)", tool("protoc"), "--version")
