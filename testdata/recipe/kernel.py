"""Builds the guest's kernel from Debian's source package."""

import os
import pathlib

from steps import Failure, run, say

PACKAGE = "linux-source-6.1"
CONFIG = pathlib.Path(__file__).parent / "kernel.config"

# The kernel writes into itself who built it and when: fixed, so that two builds
# of one source differ in nothing.
REPRODUCIBLE = {
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 2026",
    "KBUILD_BUILD_USER": "fixture",
    "KBUILD_BUILD_HOST": "fixture",
    "KBUILD_BUILD_VERSION": "1",
}


class Kernel:
    """A kernel's source and objects, below `work`."""

    def __init__(self, work):
        self.work = work
        self.log = work / "kernel.log"
        self.source = work / PACKAGE
        self.objects = work / "objects"
        self.vmlinux = self.objects / "vmlinux"
        self.image = self.objects / "arch" / "x86" / "boot" / "bzImage"
        self.symbols = self.objects / "System.map"
        self.module = self.objects / "drivers" / "net" / "dummy.ko"
        self.btf = work / "kernel.btf"

    def fetch(self):
        """Gets the source; a source that is there stays."""
        if self.source.exists():
            return
        say(f"fetching {PACKAGE}")
        packages = self.work / "packages"
        packages.mkdir(exist_ok=True)
        run(["apt-get", "download", PACKAGE], self.log, cwd=packages)
        found = sorted(packages.glob(f"{PACKAGE}_*.deb"))
        if not found:
            raise Failure(f"apt-get brought no {PACKAGE}")
        say(f"unpacking {found[-1].name}")
        run(["dpkg", "-x", found[-1], packages], self.log)
        archive = packages / "usr" / "src" / f"{PACKAGE}.tar.xz"
        run(["tar", "-xJf", archive, "-C", self.work], self.log)

    def build(self):
        """Configures and compiles; what is built already is left to make."""
        say("building the kernel, which takes two cores some 6 minutes")
        self.objects.mkdir(exist_ok=True)
        self.make("tinyconfig")
        merge = self.source / "scripts" / "kconfig" / "merge_config.sh"
        run([merge, "-m", "-O", self.objects, self.objects / ".config", CONFIG], self.log)
        self.make("olddefconfig")
        self.make(f"-j{os.cpu_count()}", "bzImage", "modules")

    def types(self):
        """Writes the kernel's types, which are in its debug information, as BTF."""
        say("extracting the kernel's types")
        run(["pahole", f"--btf_encode_detached={self.btf}", self.vmlinux], self.log)

    def make(self, *targets):
        run(["make", "-s", "-C", self.source, f"O={self.objects}", *targets], self.log,
            env={**os.environ, **REPRODUCIBLE})
