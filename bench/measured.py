"""Which machine and compilers were measured with, for any of the benchmarks."""

import os
import platform
import re

from tools import Missing, run


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


def machine():
    """(what, version) of what every benchmark has."""
    yield "processor", processor()
    yield "system", f"{platform.system()} {platform.release().partition('-')[0]}"
    yield "Go", first(r"go(\S+)", "go", "env", "GOVERSION")


def gcc():
    yield "gcc, -O2", first(r"(\d+\.\d+\.\d+)", "gcc", "--version")


def table(versions):
    """The lines of the document about them."""
    yield "## Measured with"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for what, version in versions:
        yield f"| {what} | {version} |"
    yield ""
