"""What folders of symbol files hold, without opening the files."""
import hashlib
import os

# With what names end that Volatility looks for: .json, .json.xz, ..., and archives.
ENDINGS = (".json", ".xz", ".gz", ".bz2", ".zip")


def state(folders):
    """A text that is another one when a symbol file came, went or changed, or a
    folder. Folders are walked as Volatility does: not by links."""
    found = hashlib.blake2b(digest_size=16)
    for folder in folders:
        lines = sorted(walk(os.path.realpath(folder)))
        found.update(repr((folder, lines)).encode("utf-8", "surrogateescape"))
    return found.hexdigest() + "\n"


def walk(folder):
    """Each file's path and brief status."""
    try:
        entries = list(os.scandir(folder))
    except OSError:  # which Volatility passes over
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from walk(entry.path)
        elif entry.name.endswith(ENDINGS):
            try:
                yield (entry.path,) + brief(entry.stat())
            except OSError:
                yield (entry.path,)


def brief(about):
    """What of a file's status tells it from another, or from itself before."""
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns
