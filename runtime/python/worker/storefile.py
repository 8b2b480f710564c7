"""A file of the store.

    {"format":"volint store 1","kind":...,"name":...,"note":...,"made":...,"size":N,"checksum":"XXXXXXXX"}\\n
    N bytes

in ASCII up to the line's end, which comes after 4096 bytes at most. The checksum is the
CRC-32 of all other bytes: the line before `,"checksum"`, then the content. It finds what
disks and crashes do, 40 MB in 6 ms; against people there is the folder's owner and mode,
and nothing else. Bytes are checked before anybody reads them, so that entries may be in
formats like marshal. `name` is the file's own; `note` says to people what it is of;
`made` is a time in seconds since 1970. The file's modification time is when it was last
used.

runtime/session/cache reads these lines. Works under Python 2.7 and 3.
"""
import binascii
import contextlib
import errno
import json
import logging
import os
import re
import stat
import tempfile
import time

log = logging.getLogger(__name__)

FORMAT = "volint store 1"

HEADER = 4096  # the longest header line
NOTE = 300  # the longest note, in characters: of which JSON may make twelve bytes each

END = re.compile(br',"checksum":"([0-9a-f]{8})"}\n\Z')

UNFINISHED = ".new-"  # how the names of files begin that are being written


class Broken(Exception):
    """An entry is not what was written."""


class Other(Exception):
    """An entry is of another version of volint."""


def header(kind, name, data, note):
    """The line before data. What is in it can be written in any way that JSON has,
    but for the order: the checksum comes last."""
    if isinstance(note, bytes):
        note = note.decode("utf-8", "replace")
    fields = [
        ("format", FORMAT),
        ("kind", kind),
        ("name", name),
        ("note", note[:NOTE]),
        ("made", int(time.time())),
        ("size", len(data)),
    ]
    line = "{" + ",".join("%s:%s" % (json.dumps(key), json.dumps(value)) for key, value in fields)
    line = line.encode("ascii")
    return line + (',"checksum":"%08x"}\n' % checksum(line, data)).encode("ascii")


def checksum(line, data):
    return binascii.crc32(data, binascii.crc32(line)) & 0xFFFFFFFF


def read(path, limit):
    """The content of the entry at path. Removes it and raises Broken, where it is
    not what was written there."""
    with contextlib.closing(open_own(path)) as opened:
        about = os.fstat(opened.fileno())
        try:
            if shared(about):
                raise Broken(shared(about))
            return content(opened, about.st_size, os.path.basename(path), limit)
        except Broken:
            remove(path, about)
            raise


def content(opened, size, name, limit):
    line = opened.readline(HEADER)
    end = END.search(line)
    if not end:
        raise Broken("it has no header")
    try:
        fields = json.loads(line.decode("ascii"))
        form, named, length = fields["format"], fields["name"], fields["size"]
    except (ValueError, KeyError, TypeError):
        raise Broken("its header can't be read")
    if form != FORMAT:
        raise Other("it is of another version")
    if named != name:
        raise Broken("it is another entry")
    if length != size - len(line):
        raise Broken("it is cut, or has grown")
    if size > limit:
        raise Other("it is larger than the limit")
    data = opened.read(length)
    if len(data) != length or checksum(line[: end.start()], data) != int(end.group(1), 16):
        raise Broken("its checksum is another")
    return data


def open_own(path):
    """The file at path itself. A link, a pipe or what else may lie there is removed."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
    try:
        fd = os.open(path, flags)
    except EnvironmentError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO):
            raise
        remove(path)
        raise Broken("it is no file")
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return os.fdopen(fd, "rb")
    os.close(fd)
    remove(path)
    raise Broken("it is no file")


def write(folder, name, line, data):
    """Writes an entry. Nothing waits for the disk: what a crash leaves half-written
    has another checksum."""
    fd, path = tempfile.mkstemp(prefix=UNFINISHED, dir=folder)
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(line)
            out.write(data)
        os.rename(path, os.path.join(folder, name))
    except BaseException:
        remove(path)
        raise


def shared(about):
    """Who else could have written a file or a folder, by its status; "" for nobody."""
    if about.st_uid != os.geteuid():
        return "it belongs to another user"
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "other users can write to it"
    return ""


def remove(path, about=None):
    """Removes a file, which may be gone; where about is its status, only if it is
    still that one: another process may have put a good one there."""
    try:
        if about is None or os.path.samestat(os.lstat(path), about):
            os.unlink(path)
    except EnvironmentError as error:
        if error.errno != errno.ENOENT:
            log.info("store: %s can't be removed: %s", path, error.strerror)
