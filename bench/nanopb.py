"""nanopb, as the benchmarks compile its code."""

import shutil

from tools import TOOLS, Missing, fresh, run


def headers(folder):
    """The folder of nanopb's headers, from Debian's package, which is put into folder."""
    if shutil.which("apt-get") is None:
        raise Missing("nanopb: its headers come from Debian's package")
    fresh(folder)
    run("apt-get", "download", "libnanopb-dev", cwd=folder, fails="nanopb")
    run("dpkg", "-x", next(folder.glob("*.deb")), folder, fails="nanopb")
    return next(folder.rglob("pb.h")).parent


def protos():
    """The folder of google/protobuf's files."""
    return TOOLS / "nanopb" / "include"
