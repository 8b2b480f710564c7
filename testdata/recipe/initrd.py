"""Makes the guest's initial file system: the guest program under all its names."""

import gzip
import os
import pathlib
import shutil

from steps import run, say

GUEST = pathlib.Path(__file__).parent / "guest"
COMPILE = ["gcc", "-Os", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector",
           "-fno-pie", "-no-pie", "-fno-asynchronous-unwind-tables",
           "-Wall", "-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-s"]
# Hard links to one file, but for the one that is deleted while it runs.
NAMES = ["alphad", "mapperd", "listend", "userd", "threadd", "parentd", "childd", "zombied",
         "a-process-name-longer-than-15"]
DELETED = "evild"


def build(work, module):
    """Returns the path of the initrd."""
    say("making the initial file system")
    log = work / "initrd.log"
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("bin", "data", "etc", "lib", "root"):
        (root / folder).mkdir(parents=True)
    run([*COMPILE, "-o", root / "init", GUEST / "guest.c"], log)
    for name in NAMES:
        os.link(root / "init", root / "bin" / name)
    shutil.copy2(root / "init", root / "bin" / DELETED)
    (root / "etc" / "alpha.conf").write_text("token=abc\n")
    pages = b"".join(b"FIXTURE-FILE-PAGE-%04d\n" % number for number in range(400))
    (root / "data" / "secret.bin").write_bytes(pages[:8192])
    run(["strip", "-g", "-o", root / "lib" / module.name, module], log)
    return pack(root, work / "initrd.gz", log)


def pack(root, path, log):
    """Packs the folder so that the same files give the same bytes."""
    files = sorted([root, *root.rglob("*")], key=lambda each: each.relative_to(root).as_posix())
    for each in files:
        os.utime(each, (0, 0), follow_symlinks=False)
    names = path.with_suffix(".names")
    names.write_text("".join(f"{each.relative_to(root).as_posix()}\n" for each in files))
    archive = path.with_suffix(".cpio")
    run(["sh", "-c", 'exec cpio --quiet -o -H newc --reproducible -R 0:0 < "$0" > "$1"',
         names, archive], log, cwd=root)
    path.write_bytes(gzip.compress(archive.read_bytes(), 9, mtime=0))
    return path
