"""What is kept on disk from one process for the next.

A Store is a folder of this user's alone, with a file for each entry, KIND-NAME: a
kind says who reads it, the name is a hash of what the content depends on. How a file
looks, and how it is checked, says storefile.py.

Files are written beside and renamed, so that readers see whole ones, from any number
of processes. Nothing here raises for what a disk or a folder does: without the store
everything works, only slower.

Works under Python 2.7 and 3.
"""
import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import re
import stat
import time

from . import storefile
from .storefile import UNFINISHED, Broken, Other

log = logging.getLogger(__name__)

ENTRY = re.compile(r"[a-z][a-z0-9]*-[0-9a-f]{32}\Z")
LOCK = ".lock"

FORGOTTEN_SECONDS = 3600  # after which an unfinished file's writer is gone
PATIENCE_SECONDS = 1.0  # for another process that removes entries


def of(request):
    """The store of a worker's request: see main.py."""
    return Store(request.get("store", ""), request.get("store_limit", 0))


class Store(object):
    """folder is made when something is put; "" keeps nothing. limit is how many
    bytes all entries may take together; what was not used for longest goes first."""

    def __init__(self, folder, limit):
        self._folder = folder
        self._limit = limit
        self._told = set()

    def get(self, kind, key):
        """The content of an entry, whole and checked, or None. key is text or bytes:
        all that the content depends on."""
        name = filename(kind, key)
        if not self._usable():
            return None
        path = os.path.join(self._folder, name)
        try:
            data = storefile.read(path, self._limit)
        except Other as other:
            log.info("store: %s is not used: %s", name, other)
            return None
        except Broken as broken:
            log.info("store: %s is removed: %s", name, broken)
            return None
        except EnvironmentError as error:
            if error.errno != errno.ENOENT:
                self._tell("%s can't be read: %s" % (name, error.strerror))
            return None
        touch(path)
        log.info("store: %s is there: %d bytes", name, len(data))
        return data

    def put(self, kind, key, data, note):
        """Keeps data; note says to people what it is of."""
        name = filename(kind, key)
        if self._limit <= 0 or not self._usable(make=True):
            return
        line = storefile.header(kind, name, data, note)
        if len(line) + len(data) > self._limit:
            self._tell("%s is not kept: it is larger than the limit, %d bytes" % (name, self._limit))
            return
        try:
            storefile.write(self._folder, name, line, data)
        except EnvironmentError as error:
            self._tell("%s is not kept: %s" % (name, error.strerror))
            return
        log.info("store: %s is kept: %d bytes", name, len(data))
        self._prune()

    def _prune(self):
        """Removes what is over the limit, and what writers that are gone left. One
        process at a time does, so that two don't each make room for both."""
        try:
            with locked(os.path.join(self._folder, LOCK)):
                for path in surplus(self._folder, self._limit):
                    storefile.remove(path)
        except EnvironmentError as error:
            self._tell("room could not be made: %s" % error.strerror)

    def _usable(self, make=False):
        if not self._folder or self._limit <= 0:
            return False
        try:
            if make:
                make_folders(self._folder)
            about = os.lstat(self._folder)
        except EnvironmentError as error:
            if make or error.errno != errno.ENOENT:
                self._tell("%s can't be used: %s" % (self._folder, error.strerror))
            return False
        objection = storefile.shared(about) if stat.S_ISDIR(about.st_mode) else "it is no folder"
        if objection:
            self._tell("%s is not used: %s" % (self._folder, objection))
        return not objection

    def _tell(self, message):
        """Says a trouble once."""
        if message not in self._told:
            self._told.add(message)
            log.warning("store: %s", message)


def filename(kind, key):
    if not isinstance(key, bytes):
        key = key.encode("utf-8", "surrogatepass" if str is not bytes else "strict")
    return "%s-%s" % (kind, hashlib.sha256(key).hexdigest()[:32])


def make_folders(path):
    """Makes a folder that is the user's alone, and those above it that are not there."""
    if os.path.lexists(path):
        return
    make_folders(os.path.dirname(path))
    try:
        os.mkdir(path, 0o700)
    except EnvironmentError as error:
        if error.errno != errno.EEXIST:
            raise


def touch(path):
    """Says that an entry was used, where that can be said."""
    try:
        os.utime(path, None)
    except EnvironmentError as error:
        log.debug("store: %s: %s", path, error.strerror)


def surplus(folder, limit):
    """The files of a store that are to go: unfinished ones that nobody finishes, and
    the entries used least recently, of those that are together over the limit."""
    entries, going, total = [], [], 0
    now = time.time()
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        try:
            about = os.lstat(path)
        except EnvironmentError:  # removed since
            continue
        if name.startswith(UNFINISHED) and now - about.st_mtime > FORGOTTEN_SECONDS:
            going.append(path)
        elif ENTRY.match(name):
            entries.append((about.st_mtime, about.st_size, path))
            total += about.st_size
    for _used, size, path in sorted(entries):
        if total <= limit:
            break
        going.append(path)
        total -= size
    return going


@contextlib.contextmanager
def locked(path):
    """Holds a store's lock, or goes on without it: a process that was stopped while
    it held it must not stop others."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | getattr(os, "O_CLOEXEC", 0)
    fd = os.open(path, flags, 0o600)
    try:
        patience = time.time() + PATIENCE_SECONDS
        while not try_lock(fd) and time.time() < patience:
            time.sleep(0.01)
        yield
    finally:
        os.close(fd)


def try_lock(fd):
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except EnvironmentError as error:
        if error.errno in (errno.EAGAIN, errno.EINTR):
            return False
        return True  # a file system without locks
