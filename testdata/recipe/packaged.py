"""Makes a guest of a kernel that Debian has compiled, in seconds.

    python testdata/recipe/packaged.py PACKAGE FOLDER

PACKAGE is the .deb of a kernel. FOLDER gets `vmlinuz` and `initrd.gz`, which boot;
`symbols`, a folder of symbol files for Volatility 3; and `profiles`, one for
Volatility 2, whose profile is LinuxDebianCloudx64. No package with debug information
is needed: the types are in the kernel's BTF, and the symbols in its own table of
them (kallsyms).

The Python that runs this has lz4 and vmlinux-to-elf, whose kallsyms-finder stands
beside it; gcc, cpio and dpkg-deb are Debian's.
"""

import lzma
import pathlib
import re
import shutil
import struct
import sys
import zlib

import initrd
import kallsyms
import profile2
import symbols
from steps import Failure, run, say

PROFILE = "DebianCloud.zip"
# What is taken of the package: the kernel, and the one module that the guest loads.
WANTED = ("./boot/vmlinuz-*", "./lib/modules/*/kernel/drivers/net/dummy.ko")


class Kernel:
    """A kernel out of a package, below `work`; for the rest of the recipe the same as
    one that was compiled."""

    def __init__(self, work):
        self.work = work
        self.log = work / "kernel.log"
        self.image = work / "vmlinuz"
        self.module = work / "dummy.ko"
        self.vmlinux = work / "vmlinux"
        self.btf = work / "kernel.btf"
        self.symbols = work / "System.map"

    def unpack(self, package):
        """Takes the two files out of the package, under names without a version."""
        say(f"unpacking {package.name}")
        tree = self.work / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir()
        run(["sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" --wildcards "$2" "$3"',
             package, tree, *WANTED], self.log)
        for pattern, path in zip(WANTED, (self.image, self.module)):
            found = sorted(tree.glob(pattern))
            if not found:
                raise Failure(f"{package.name} has no {pattern}")
            shutil.move(found[0], path)
        shutil.rmtree(tree)

    def read(self):
        """Writes what lies packed in the image: the kernel, its types, its symbols."""
        say("reading the kernel's types and symbols")
        self.vmlinux.write_bytes(decompress(payload(self.image.read_bytes())))
        self.btf.write_bytes(section(self.vmlinux.read_bytes(), ".BTF"))
        finder = pathlib.Path(sys.executable).parent / "kallsyms-finder"
        listing = self.work / "kallsyms"
        run(["sh", "-c", '"$0" "$1" > "$2"', finder, self.vmlinux, listing], self.log)
        # Its words about the search stand before the table.
        lines = re.findall(r"^[0-9a-f]{16} \S \S+$", listing.read_text(), re.MULTILINE)
        if not lines:
            raise Failure(f"kallsyms-finder found no symbols: see {listing}")
        lines += kallsyms.own_symbols(self.log.read_text(), self.vmlinux.read_bytes())
        self.symbols.write_text("\n".join(lines) + "\n")


def payload(image):
    """The compressed kernel in a bzImage (Documentation/arch/x86/boot.rst)."""
    sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (sectors + 1) * 512 + offset
    return image[start:start + length]


def decompress(packed):
    if packed[:4] == b"\x02\x21\x4c\x18":
        return b"".join(lz4_blocks(packed))
    if packed[:6] == b"\xfd7zXZ\0":
        return lzma.LZMADecompressor().decompress(packed)
    if packed[:2] == b"\x1f\x8b":
        return zlib.decompressobj(31).decompress(packed)
    raise Failure(f"the kernel is compressed in a way that is not known here: {packed[:6].hex()}")


def lz4_blocks(packed):
    """LZ4's old format: blocks of 8 MiB behind their length; Linux ends it with its
    own size, which is no block's length."""
    import lz4.block  # the one thing here that is not in every Python

    at = 4
    while at + 4 <= len(packed):
        length, = struct.unpack_from("<I", packed, at)
        at += 4
        if length > len(packed) - at:
            return
        yield lz4.block.decompress(packed[at:at + length], uncompressed_size=8 << 20)
        at += length


def section(elf, wanted):
    """The content of a section of a 64-bit ELF file."""
    start, = struct.unpack_from("<Q", elf, 40)
    size, count, names = struct.unpack_from("<HHH", elf, 58)
    headers = [struct.unpack_from("<IIQQQQ", elf, start + size * i) for i in range(count)]
    for name, _, _, _, offset, length in headers:
        begin = headers[names][4] + name
        if elf[begin:elf.index(b"\0", begin)].decode() == wanted:
            return elf[offset:offset + length]
    raise Failure(f"the kernel has no section {wanted}")


def make(package, work):
    for folder in ("symbols", "profiles"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    kernel = Kernel(work)
    kernel.unpack(package)
    kernel.read()
    say("writing the symbol file and the profile")
    document = symbols.write(kernel, work / "symbols" / "debian-cloud.json")
    profile2.write(document, kernel.symbols, work / "profiles" / PROFILE)
    initrd.build(work, kernel.module)
    for each in (kernel.vmlinux, kernel.btf):  # 57 MB that nobody reads again
        each.unlink()


def main(arguments):
    if len(arguments) != 2:
        print("usage: python testdata/recipe/packaged.py PACKAGE FOLDER", file=sys.stderr)
        return 2
    package, work = (pathlib.Path(each).resolve() for each in arguments)
    try:
        make(package, work)
    except (Failure, OSError, ValueError, struct.error, ImportError) as failure:
        print(f"error: {failure}", file=sys.stderr)
        print("hint: testdata/recipe/README.md says what this needs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
