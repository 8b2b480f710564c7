"""Lets the conformance runner start where the C library is older than it asks for.

The loader refuses a program that names a version which a library does not have,
whatever the program wants of it. Here that is five small functions, and
older_glibc.cc has them. So a copy of the program is made that names an older
version of each library, and the five are loaded before it.
"""

import pathlib
import struct

from run import succeeds

SOURCE = pathlib.Path(__file__).resolve().with_suffix(".cc")
LOADER = "/lib64/ld-linux-x86-64.so.2"

# a version that may be missing -> one that is never missing, of the same library
OLDER = {b"GLIBC_2.38": b"GLIBC_2.2.5", b"GLIBCXX_3.4.32": b"GLIBCXX_3.4"}

SHT_GNU_VERNEED = 0x6FFFFFFE


def adapt(program):
    """Makes a copy beside the program, and returns the command that starts it, or
    None where there is no g++."""
    copy, functions = program.with_suffix(".older"), program.with_suffix(".so")
    if not succeeds(["g++", "-shared", "-fPIC", "-O1", "-o", functions, SOURCE]):
        return None
    copy.write_bytes(rename_versions(program.read_bytes()))
    copy.chmod(0o755)
    # Unlike LD_PRELOAD, this is not passed on to the programs that it starts.
    return [LOADER, "--preload", functions, copy]


def rename_versions(program):
    """Returns a 64-bit ELF program that needs OLDER's versions, and is else the same."""
    image = bytearray(program)
    for needs in needed_versions(image):
        for at, name in needs.items():
            older = [place for place, other in needs.items() if other == OLDER.get(name)]
            if older:
                # The name's hash and its offset; the fields between are its own.
                image[at:at + 4] = image[older[0]:older[0] + 4]
                image[at + 8:at + 12] = image[older[0] + 8:older[0] + 12]
    return bytes(image)


def needed_versions(image):
    """Yields for each library {place of an entry: the version's name}."""
    at, names = version_table(image)
    while True:
        _, count, _, first, step = struct.unpack_from("<HHIII", image, at)
        needs, entry = {}, at + first
        for _ in range(count):
            offset, next_entry = struct.unpack_from("<II", image, entry + 8)
            needs[entry] = bytes(image[names + offset:image.index(0, names + offset)])
            entry += next_entry
        yield needs
        if step == 0:
            return
        at += step


def version_table(image):
    """Where the table of needed versions begins, and the names that it points to."""
    start, = struct.unpack_from("<Q", image, 40)
    size, count = struct.unpack_from("<HH", image, 58)
    sections = [struct.unpack_from("<IIQQQQII", image, start + i * size) for i in range(count)]
    table = next(section for section in sections if section[1] == SHT_GNU_VERNEED)
    return table[4], sections[table[6]][4]
