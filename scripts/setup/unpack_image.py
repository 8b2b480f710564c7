#!/usr/bin/env python3
"""Unpacks the memory image of testdata/ into .tools/image, unless it is there.

Needs Python 3.9 or later with its lzma module, else the program xz.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from say import Problem, problem

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKED = ROOT / "testdata" / "linux-6.1-tiny" / "linux-6.1-tiny.raw.xz"
IMAGE = ROOT / ".tools" / "image" / "linux-6.1-tiny.raw"
SIZE = 20 << 20


def decompress(packed, out):
    """Writes what the .xz file `packed` holds to the file object `out`."""
    try:
        import lzma
    except ImportError:  # a Python that was built without liblzma
        subprocess.run(["xz", "-dc", str(packed)], stdout=out, check=True)
        return
    try:
        with lzma.open(packed) as source:
            shutil.copyfileobj(source, out, 1 << 20)
    except lzma.LZMAError as problem:
        raise ValueError(f"{packed.name}: {problem}") from problem


def unpack():
    """Puts the image into its place and returns its path.

    The file appears whole or not at all: several test processes may unpack it
    at once.
    """
    if IMAGE.exists() and IMAGE.stat().st_size == SIZE:
        return IMAGE
    try:
        replace_image()
    except (OSError, ValueError, EOFError, subprocess.CalledProcessError) as trouble:
        raise Problem(
            f"the memory image can't be unpacked: {trouble}",
            "`git checkout testdata` brings a damaged file back; a Python without "
            "lzma needs the program xz") from trouble
    return IMAGE


def replace_image():
    """Unpacks to a temporary file and renames that."""
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=IMAGE.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            decompress(PACKED, out)
        if os.path.getsize(fresh) != SIZE:
            raise ValueError(f"{PACKED.name} does not hold {SIZE} bytes")
        os.chmod(fresh, 0o644)
        os.replace(fresh, IMAGE)
    except BaseException:
        os.unlink(fresh)
        raise


def main():
    try:
        print(unpack())
    except Problem as trouble:
        problem(trouble)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
