"""Packages of the system: installed only as root on Debian and its kin."""

import os
import re
import shutil
import tempfile

from run import quietly, succeeds
from say import step

# What the tests take from the system: how to see that it is there, and the
# packages that bring it.
TEST_TOOLS = [
    (["gcc", "--version"], ["gcc", "libc6-dev"]),
    (["g++", "--version"], ["g++"]),
    (["protoc-c", "--version"], ["protobuf-c-compiler"]),
    (["gcc", "-fsyntax-only", "-include", "protobuf-c/protobuf-c.h", "-x", "c", os.devnull],
     ["libprotobuf-c-dev"]),
    # google/protobuf/descriptor.proto, which protoc-c does not bring.
    (["protoc-c", "--c_out=.", "google/protobuf/descriptor.proto"], ["libprotobuf-dev"]),
    (["clang", "--version"], ["clang"]),
    # clang's runtime has libFuzzer, which brings the main function.
    (["clang", "-fsanitize=fuzzer", "-Wl,--unresolved-symbols=ignore-all", "-o", "probe",
      "-x", "c", os.devnull], ["libclang-rt-dev"]),
    # A guest that runs: the emulator, and what packs its initial file system.
    (["qemu-system-x86_64", "--version"], ["qemu-system-x86"]),
    (["cpio", "--version"], ["cpio"]),
    # Other people's dumps, and what Volatility 3 unpacks AVML with.
    (["sh", "-c", "command -v makedumpfile"], ["makedumpfile"]),
    (["python3", "-c", "import ctypes; ctypes.CDLL('libsnappy.so.1')"], ["libsnappy1v5"]),
    # What volint's reader of kdumps is compared with.
    (["gcc", "-fsyntax-only", "-include", "libkdumpfile/kdumpfile.h", "-x", "c", os.devnull], ["libkdumpfile-dev"]),
]

# What the benchmarks take besides: C++'s protobuf, and the protoc of its version; and
# what counts how much of a file is read.
BENCH_TOOLS = [
    (["strace", "-V"], ["strace"]),
    (["/usr/bin/protoc", "--version"], ["protobuf-compiler"]),
    (["pkg-config", "--exists", "protobuf"], ["pkg-config", "libprotobuf-dev"]),
    # What kdumps are made with.
    (["gcc", "-fsyntax-only", "-include", "zlib.h", "-include", "lzo/lzo1x.h", "-include", "snappy-c.h",
      "-include", "zstd.h", "-x", "c", os.devnull], ["zlib1g-dev", "liblzo2-dev", "libsnappy-dev", "libzstd-dev"]),
]


def line(packages):
    """The line to type for these packages, or None where there is no apt-get."""
    if shutil.which("apt-get") is None:
        return None
    return "sudo apt-get install " + " ".join(packages)


def install(packages):
    """Installs packages and returns whether that worked; never without root."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    step("apt-get install " + " ".join(packages))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if succeeds(command, env=environment):
        return True
    quietly(["apt-get", "update"], env=environment)  # a new machine has no lists
    status, output = quietly(command, env=environment)
    if status != 0:
        print(output.rstrip())
    return status == 0


def download(metapackage, folder):
    """Puts into `folder` the package that a metapackage stands for today, and returns
    its path, or None. It needs no root where the lists of packages are there."""
    if shutil.which("apt-get") is None:
        return None
    for attempt in range(2):
        if attempt and (os.geteuid() != 0 or not succeeds(["apt-get", "update"])):
            break
        status, output = quietly(["apt-cache", "depends", metapackage])
        names = re.findall(r"^ *Depends: (\S+)", output, re.MULTILINE)
        if status == 0 and names and succeeds(["apt-get", "download", names[0]], cwd=folder):
            return next(folder.glob(f"{names[0]}_*.deb"), None)
    return None


def ensure_test_tools():
    """Installs what is missing of TEST_TOOLS, or says what its absence means."""
    ensure(TEST_TOOLS, "the tests that need them will be skipped")


def ensure_bench_tools():
    """The same of BENCH_TOOLS."""
    ensure(BENCH_TOOLS, "the comparison leaves out what needs them")


def ensure(tools, otherwise):
    """Installs what is missing of tools; otherwise says what their absence means."""
    with tempfile.TemporaryDirectory() as folder:
        packages = [package for probe, brings in tools if not succeeds(probe, cwd=folder)
                    for package in brings]
    if not packages or install(packages):
        return
    step("not there: " + " ".join(packages) + "; " + otherwise)
    if line(packages):
        step("to have them: " + line(packages))
