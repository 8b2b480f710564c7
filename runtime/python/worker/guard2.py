"""Keeps a Volatility 2 command's files in one folder, and small enough.

A guest chooses their names, and commands join them to the folder's path as they are.
"""
import __builtin__
import errno
import os
import resource
import threading

# What changes a file by its path, and makes one.
CHANGING = "chmod chown utime mkdir makedirs remove unlink rename symlink link".split()

SECONDS = 0.1


class Guard(object):
    """opened(path) is called before a file is opened to be written. exceeded says which
    limit was exceeded, or is None. It is for one command's process: the limit on files'
    sizes is the process's, and stays."""

    def __init__(self, directory, opened, size_limit, count_limit):
        self.exceeded = None
        self._directory = os.path.realpath(directory)
        self._opened = opened
        self._limits = (size_limit, count_limit)
        self._stock = {}
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.daemon = True

    def start(self):
        self._stock["open"], __builtin__.open = open, self._open
        for name in CHANGING:
            self._stock[name] = getattr(os, name)
            setattr(os, name, self._kept(self._stock[name]))
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        least = self._limits[0] if hard == resource.RLIM_INFINITY else min(self._limits[0], hard)
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, hard))
        self._watch.start()

    def stop(self):
        __builtin__.open = self._stock["open"]
        for name in CHANGING:
            setattr(os, name, self._stock[name])
        self._ended.set()
        self._watch.join()
        self._check()

    def _open(self, name, mode="r", *more):
        if isinstance(name, basestring) and set(mode) & set("wa+"):  # noqa: F821 - Python 2
            name = name if isinstance(name, str) else name.encode("utf-8")
            self._allow(name, IOError)
            if not os.path.realpath(name).startswith("/dev/"):
                self._opened(name)
        return self._stock["open"](name, mode, *more)

    def _kept(self, function):
        def kept(path, *more):
            self._allow(path, OSError)
            if more and isinstance(more[0], basestring):  # noqa: F821 - Python 2
                self._allow(more[0], OSError)
            return function(path, *more)

        return kept

    def _allow(self, path, refuse):
        real = os.path.realpath(os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)))
        if not any((real + "/").startswith(root + "/") for root in (self._directory, "/dev")):
            raise refuse(errno.EACCES, "it is outside of the folder for files", path)

    def _look(self):
        while not self._ended.wait(SECONDS):
            if self._check():
                # Nothing more is written, whoever tries.
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
                return

    def _check(self):
        size = count = 0
        for root, _folders, names in os.walk(self._directory):
            for name in names:
                try:
                    size += os.lstat(os.path.join(root, name)).st_size
                except OSError:
                    continue
                count += 1
        if size >= self._limits[0] and not self.exceeded:
            self.exceeded = "the files of a command may have %d bytes together" % self._limits[0]
        elif count > self._limits[1]:
            self.exceeded = "a command may write %d files" % self._limits[1]
        return self.exceeded
