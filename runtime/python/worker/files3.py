"""Files that a Volatility 3 plugin writes.

They arrive in the folder that the caller gave, and nowhere else, whatever a guest
makes of their names; each is called NAME.partial until it is whole, and told with
its size and SHA-256 then. Without a folder none is kept: nothing may appear in the
current one unasked. They are counted, and the result says so.
"""
import errno
import io
import os
import weakref

from . import filehandle3, filenames, namedfiles
from .failure import Failure
from .filenames import COUNT_LIMIT, SIZE_LIMIT

BUFFER = 64 << 10


class Files(object):
    """The files of one command. Leaving the context ends those that the plugin left
    open: as whole ones where it went well."""

    def __init__(self, request, control, size_limit=0, count_limit=COUNT_LIMIT):
        self.folder = request.get("files", "")
        self.files = 0
        self.size = 0
        self.names = namedfiles.Names(control)
        self._control = control
        self._limits = (size_limit or request.get("files_limit") or SIZE_LIMIT, count_limit)
        self._directory = self._open_folder() if os.path.isdir(self.folder) else None
        self._open = weakref.WeakSet()
        self._numbers = {}
        self._failure = None

    def _open_folder(self):
        try:
            return os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise self._cannot_write("files can't be written to %s: %s" % (self.folder, error.strerror))

    def _make_folder(self):
        """A folder that is there for nobody else is made for the first file."""
        try:
            os.mkdir(self.folder, 0o700)
        except FileExistsError:
            pass
        except OSError as error:
            raise self.failed("the folder", error)
        try:
            return self._open_folder()
        except Failure as failure:
            self._failure = self._failure or failure
            raise OSError(errno.EIO, failure.message)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        for handle in list(self._open):
            self._end(handle, error is None)
        if self._directory is not None:
            os.close(self._directory)
            self._directory = None
        if self._failure is not None and (error is None or isinstance(error, Exception)):
            raise self._failure
        if error is None and self.files and not self.folder:
            self._control.warn(self.warning())

    def partial(self, name, why):
        """Tells of a file that is not whole, and stays as NAME.partial."""
        self._control.warn("%s%s is not whole: %s" % (name, filenames.PARTIAL, why))

    def warning(self):
        one = self.files == 1
        return "%d file%s (%d bytes) that the plugin wrote %s not kept: no folder was given for %s (--files)" % (
            self.files, "" if one else "s", self.size, "was" if one else "were", "it" if one else "them",
        )

    @staticmethod
    def _end(handle, whole):
        try:
            handle.close() if whole else handle.abandon()
        except OSError:  # it is noted
            pass

    def forget(self, handle):
        self._open.discard(handle)

    def handler(self, interface):
        """The class that Volatility opens files with, of its interface."""
        return filehandle3.keeping(interface, self) if self.folder else filehandle3.dropping(interface, self)

    def follow(self, grid, report):
        """Has the rows of a table looked at for the names of files while they are
        written, which is noted in report."""
        if not self.folder:
            return
        if not grid.populated and hasattr(grid, "_generator"):
            grid._generator = self.names.pairs(grid._generator, report)
        elif grid.populated:
            rows = []
            grid.visit(node=None, function=lambda node, _none: rows.append((0, node.values)), initial_accumulator=None)
            for _pair in self.names.pairs(rows, report):
                pass

    def create(self, wanted, handle):
        """A new file for a handle: its name, and a Python file that reads and writes
        NAME.partial."""
        self.check()
        wanted = filenames.safe(wanted)
        if self._directory is None:
            self._directory = self._make_folder()
        try:
            if self.files + len(self._open) >= self._limits[1]:
                raise OSError(errno.EFBIG, "a command may write %d files" % self._limits[1])
            name, fd = self._numbered(wanted, self._claim)
        except OSError as error:
            raise self.failed(wanted, error)
        self._open.add(handle)
        self.names.opened(name)
        return name, io.open(fd, "w+b", buffering=BUFFER)

    def commit(self, claimed, wanted):
        """Gives a file that is whole its name, which is returned."""
        return self._numbered(wanted, lambda name: self._rename(claimed + filenames.PARTIAL, name))[0]

    def tell(self, name, size, sha256):
        self.files += 1
        if self.folder:
            self._control.send("file", name=name, size=size, sha256=sha256, row=self.names.whole(name))

    def _numbered(self, wanted, take):
        """The first free name like the one that is wanted, and what take gave for it."""
        number = self._numbers.get(wanted, 1)
        while True:
            name = filenames.numbered(wanted, number)
            try:
                taken = take(name)
            except FileExistsError:
                number += 1
                self._numbers[wanted] = number
                continue
            return name, taken

    def _claim(self, name):
        """Opens NAME.partial, where there is no NAME either."""
        partial = name + filenames.PARTIAL
        fd = self._create(partial)
        try:
            os.lstat(name, dir_fd=self._directory)
        except FileNotFoundError:
            return fd
        os.close(fd)
        os.unlink(partial, dir_fd=self._directory)
        raise FileExistsError(errno.EEXIST, name)

    def _rename(self, partial, name):
        """Renames a file to one that there is not, which no other system call does on
        every file system: an empty one takes the name first."""
        os.close(self._create(name))
        os.rename(partial, name, src_dir_fd=self._directory, dst_dir_fd=self._directory)

    def _create(self, name):
        """Makes a file that there is not, and opens no link of somebody else's."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, 0o600, dir_fd=self._directory)

    def grow(self, by):
        """Counts bytes, before they are written."""
        if by > 0 and self.size + by > self._limits[0]:
            raise OSError(errno.EFBIG, "the files of a command may have %d bytes together" % self._limits[0])
        self.size += by

    def failed(self, name, error):
        """Notes why a file can't be written, and returns the error. Plugins go on after
        an OSError, some of them: the command fails all the same."""
        if self._failure is None:
            self._failure = self._cannot_write("%s can't be written to %s: %s" % (name, self.folder, error.strerror or error))
        return error

    def check(self):
        """After an error no more files are written."""
        if self._failure is not None:
            raise OSError(errno.EIO, self._failure.message)

    @staticmethod
    def _cannot_write(message):
        return Failure(
            "cannot-write",
            message,
            "make room, or give another folder; a file that is called .partial there is not whole",
        )


def ignored(message, values):
    """What to tell where an option asks for files and the rows are not those of the
    plugin's table, which is what writes them; None mostly. values are the options."""
    if message is None or message.is_table:
        return None
    given = ["--" + name.replace("_", "-") for name, value in sorted(values.items()) if "dump" in name and value is True]
    if not given:
        return None
    return "%s has no effect: the plugin writes files while it makes its table, and the rows of %s are not made of that" % (
        ", ".join(given), message.full_name,
    )
