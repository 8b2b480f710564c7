"""Files that a Volatility 3 plugin writes. None is kept: nothing may appear in
the current folder unasked. They are counted, and the result says so."""
import io


class Dropped(object):
    """How many files a command wrote, and how much."""

    def __init__(self):
        self.files = 0
        self.size = 0

    def warning(self):
        """A sentence for the user, or None."""
        if not self.files:
            return None
        return "%d file%s (%d bytes) that the plugin wrote %s not kept: volint run keeps rows only" % (
            self.files,
            "" if self.files == 1 else "s",
            self.size,
            "was" if self.files == 1 else "were",
        )


def handler(interface, dropped):
    """Makes the class that Volatility opens files with, of its interface."""

    class Sink(interface):
        """A file that takes everything and keeps nothing."""

        def __init__(self, filename):
            interface.__init__(self, filename)
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
                dropped.files += 1
                dropped.size += self._end
                io.RawIOBase.close(self)  # interface's own is abstract

    return Sink
