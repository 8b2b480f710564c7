"""Builds the servers and clients that bench/memaccess measures, and the memory that
they serve. Everything goes to bench/memaccess/build, which git ignores."""

import atexit
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tools import ROOT, TOOLS, Missing, run

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE / "build"
LIBRARY = ROOT / "memaccess" / "c"
# What distributions build with.
FLAGS = ["-std=gnu11", "-O2", "-g", "-Wall", "-pthread", f"-I{LIBRARY}"]


def memory(mib):
    """So many MiB without a pattern, since zeros may be cheaper than what is read."""
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / f"memory-{mib}.raw"
    if not path.exists() or path.stat().st_size != mib << 20:
        path.write_bytes(os.urandom(mib << 20))
    return path


def private(name):
    """The path of a binary of this process alone, which goes with it: the next one
    that builds must not change what is being measured."""
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / f"{name}.{os.getpid()}"
    atexit.register(lambda: path.unlink(missing_ok=True))
    return path


def compiled(name, *sources, libraries=(), fails=None):
    """Compiles a program of C."""
    path = private(name)
    run("gcc", *FLAGS, "-o", path, *sources, *libraries, fails=fails or "gcc")
    return path


def original():
    return compiled("original", HERE / "peer" / "original.c")


def c():
    return compiled("c", HERE / "c" / "main.c", LIBRARY / "volint_memory.c")


def go():
    path = private("go")
    run("go", "build", "-o", path, "./bench/memaccess/go", cwd=ROOT)
    return path


def python(environment):
    """The interpreter of an environment that setup made."""
    path = TOOLS / environment / "bin" / "python"
    if not path.exists():
        raise Missing(f"there is no {environment} in .tools")
    return path
