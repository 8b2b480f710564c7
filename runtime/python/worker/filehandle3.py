"""The classes that Volatility 3 opens a plugin's files with: see files3.py."""
import hashlib
import io

from . import failure, filenames


def keeping(interface, files):
    """Makes the class for files that are kept."""

    class Handle(interface):
        """A file in the caller's folder."""

        def __init__(self, filename):
            self._claimed = None
            self._claimed, self._file = files.create(filename, self)
            self._end = 0
            self._hash = hashlib.sha256()
            self._hashed = 0
            interface.__init__(self, self._claimed)

        @property
        def preferred_filename(self):
            """The file's name; plugins put it into their rows."""
            return self._preferred_filename

        @preferred_filename.setter
        def preferred_filename(self, filename):
            if self.closed:
                raise OSError("the file is closed, and has its name")
            before = getattr(self, "_preferred_filename", self._claimed)
            self._preferred_filename = filename if filename == self._claimed else filenames.safe(filename)
            files.names.renamed(before, self._preferred_filename)

        def readable(self):
            return True

        def writable(self):
            return True

        def seekable(self):
            return True

        def readinto(self, buffer):
            return self._file.readinto(buffer)

        def write(self, data):
            files.check()
            view = memoryview(data).cast("B")
            start = self._file.tell()
            try:
                files.grow(max(0, start + len(view) - self._end))
                self._file.write(view)
            except OSError as error:
                raise files.failed(self._claimed, error)
            self._end = max(self._end, start + len(view))
            if start == self._hashed:
                self._hash.update(view)
                self._hashed += len(view)
            else:
                self._hashed = None  # the order is not the file's: read it again
            return len(view)

        def seek(self, offset, whence=0):
            return self._file.seek(offset, whence)

        def tell(self):
            return self._file.tell()

        def truncate(self, size=None):
            files.check()
            size = self.tell() if size is None else size
            try:
                files.grow(size - self._end)
                self._file.truncate(size)
            except OSError as error:
                raise files.failed(self._claimed, error)
            self._end, self._hashed = size, None
            return size

        def flush(self):
            if self._claimed is None or self._file.closed:
                return
            try:
                self._file.flush()
            except OSError as error:
                raise files.failed(self._claimed, error)

        def close(self):
            if self.closed or self._claimed is None:
                return
            try:
                digest = self._digest()
                self._file.close()
                wanted, self._preferred_filename = self._preferred_filename, files.commit(self._claimed, self._preferred_filename)
                files.names.renamed(wanted, self._preferred_filename)
            except OSError as error:
                raise files.failed(self._claimed, error)
            finally:
                self._release()
            files.tell(self._preferred_filename, self._end, digest)

        def abandon(self, why="the command failed"):
            """Closes a file that is not whole."""
            if not self.closed:
                self._release()
                files.names.forget(self._preferred_filename)
                files.partial(self._claimed, why)

        def __exit__(self, kind, error, traceback):
            if error is None:
                self.close()
            else:
                self.abandon(failure.describe(error))

        def _release(self):
            files.forget(self)
            try:
                self._file.close()
            except OSError as error:
                files.failed(self._claimed, error)
            io.RawIOBase.close(self)  # interface's own is abstract

        def _digest(self):
            self._file.flush()
            if self._hashed is None:
                self._file.seek(0)
                return filenames.digest(self._file)[1]
            return self._hash.hexdigest()

    return Handle


def dropping(interface, files):
    """Makes the class for files that are not kept."""

    class Sink(interface):
        """A file that takes everything and keeps nothing."""

        def __init__(self, filename):
            interface.__init__(self, filenames.safe(filename))
            self._position = 0
            self._end = 0

        def writable(self):
            return True

        def seekable(self):
            return True

        def write(self, data):
            size = memoryview(data).nbytes
            self._position += size
            self._end = max(self._end, self._position)
            return size

        def seek(self, offset, whence=0):
            self._position = offset + (0, self._position, self._end)[whence]
            return self._position

        def tell(self):
            return self._position

        def truncate(self, size=None):
            self._end = self._position if size is None else size
            return self._end

        def close(self):
            if not self.closed:
                files.size += self._end
                files.tell(self.preferred_filename, self._end, "")
                io.RawIOBase.close(self)  # interface's own is abstract

        def abandon(self):
            self.close()

    return Sink
