"""Makes the memory image of testdata/linux-6.1-tiny anew, from packages.

    python3 testdata/recipe FOLDER

Everything happens below FOLDER, which needs 3 GB; the result is in FOLDER/result:
the image, the symbol file for Volatility 3 and the profile for Volatility 2.
README.md lists the packages that this takes. A run that was interrupted goes on
where it was.
"""

import lzma
import pathlib
import sys

import boot
import initrd
import profile2
import symbols
from kernel import Kernel
from steps import Failure, say

NAME = "linux-6.1-tiny"
PROFILE = "Tiny61.zip"


def make(work):
    result = work / "result"
    result.mkdir(parents=True, exist_ok=True)
    kernel = Kernel(work)
    kernel.fetch()
    kernel.build()
    kernel.types()
    say("writing the symbol file")
    document = symbols.write(kernel, result / f"{NAME}.isf.json.xz")
    say("writing the profile")
    profile2.write(document, kernel.symbols, result / PROFILE)
    image = result / f"{NAME}.raw"
    boot.capture(work, kernel.image, initrd.build(work, kernel.module), image)
    say("packing the image")
    packed = lzma.compress(image.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
    (result / f"{NAME}.raw.xz").write_bytes(packed)
    for each in sorted(result.iterdir()):
        say(f"{each.stat().st_size:>9} {each}")


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python3 testdata/recipe FOLDER", file=sys.stderr)
        return 2
    try:
        make(pathlib.Path(arguments[0]).resolve())
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        print("hint: testdata/recipe/README.md says what this needs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
