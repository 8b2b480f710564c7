"""Where a kernel keeps its table of symbols: the one thing that the table leaves out,
and that plugins look for which read it in memory."""

import re
import struct

FOUND = re.compile(r"Found (kallsyms_\w+) at file offset 0x([0-9a-f]+)(?: \((\d+) symbols\))?")
LOADED = 1  # PT_LOAD


def own_symbols(words, elf):
    """Lines for a System.map, from what kallsyms-finder says of its search and the
    kernel as an ELF file."""
    found = {name: (int(offset, 16), count) for name, offset, count in FOUND.findall(words)}
    offsets = {name: offset for name, (offset, _) in found.items()}
    if {"kallsyms_names", "kallsyms_offsets"} <= offsets.keys():
        count = int(found["kallsyms_names"][1])
        # It lies behind the offsets (scripts/kallsyms.c), and is not looked for.
        offsets["kallsyms_relative_base"] = aligned(offsets["kallsyms_offsets"] + 4 * count)
        offsets.update(sequence(offsets, count))
    return [f"{address(elf, offset):016x} r {name}" for name, offset in sorted(offsets.items())]


def sequence(offsets, count):
    """The symbols in order of their names, three bytes each: in newer kernels alone, and
    then it fills what lies between two others."""
    start = aligned(offsets["kallsyms_markers"] + 4 * -(-count // 256))
    if aligned(start + 3 * count) == offsets["kallsyms_token_table"]:
        yield "kallsyms_seqs_of_names", start


def aligned(offset):
    return (offset + 7) & ~7


def address(elf, wanted):
    """Where a byte of the file is loaded to."""
    start, = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    for i in range(count):
        kind, _, offset, virtual, _, length = struct.unpack_from("<IIQQQQ", elf, start + size * i)
        if kind == LOADED and offset <= wanted < offset + length:
            return virtual + wanted - offset
    raise ValueError(f"nothing is loaded from offset {wanted:#x} of the kernel")
