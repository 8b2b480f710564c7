"""Names for files that plugins write, made safe: a plugin makes them of a guest's
text, and a guest chooses that."""
import hashlib
import os.path

# What a name may hold besides letters and digits of ASCII. Nothing of it separates
# paths, and none but the space means anything to a shell in the middle of a word.
ALLOWED = frozenset(" ._-+=@,#%^ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

# What a file is called until it is whole.
PARTIAL = ".partial"

# What a command may write at most, in all its files together, unless it is told
# otherwise, and how many.
SIZE_LIMIT = 8 << 30
COUNT_LIMIT = 100000

# A name with a number and PARTIAL behind it fits in every file system's 255 bytes.
LENGTH = 200


def digest(file):
    """The size and the SHA-256 of what there is to read in a file."""
    found, size = hashlib.sha256(), 0
    for chunk in iter(lambda: file.read(1 << 20), b""):
        found.update(chunk)
        size += len(chunk)
    return size, found.hexdigest()


def safe(name):
    """A name that is a file's in any folder: no path, not hidden, no option."""
    name = "".join(char if char in ALLOWED else "_" for char in name).rstrip(" .")
    if name.endswith(PARTIAL):
        name += "_"
    if name and not (name[0].isalnum() or name[0] == "_"):
        name = "_" + name
    return shortened(name, LENGTH) or "file"


def shortened(name, length):
    """A name that is cut, before its extension where it has a short one."""
    if len(name) <= length:
        return name
    stem, extension = os.path.splitext(name)
    if len(extension) > 16:
        stem, extension = name, ""
    return stem[: length - len(extension)] + extension


def numbered(name, number):
    """The name that a file gets where there is another of its name: `a-2.dmp`."""
    if number == 1:
        return name
    stem, extension = os.path.splitext(name)
    return "%s-%d%s" % (stem, number, extension)
