"""Streams of frames: the length of a message, 4 bytes in little endian, and the
message; see docs/frames.md of volint.

Works under Python 2.7 and 3.
"""
import errno
import struct

# The longest message that is read unless the caller says otherwise, in bytes.
LIMIT = 64 << 20

_HEADER = struct.Struct("<I")
_CHUNK = 1 << 16


class FrameError(ValueError):
    """A stream of frames that is broken. Nothing can be read after it; the frames
    before it were whole.

    frame is the number of the broken one, from 1; start is where it starts in the
    stream, in bytes; offset is where the trouble is: the stream's end for a frame
    that is cut, start for a length above the limit.
    """

    def __init__(self, frame, start, offset, reason):
        self.frame, self.start, self.offset, self.reason = frame, start, offset, reason
        ValueError.__init__(self, "frame %d, from byte %d of the stream: at byte %d: %s" % (frame, start, offset, reason))

    def __reduce__(self):
        return FrameError, (self.frame, self.start, self.offset, self.reason)


def frames(file, limit=LIMIT):
    """Yields the bytes of each message, from a file that was opened for bytes: anything
    whose read(n) returns up to n bytes, and none at the end.

    Raises FrameError where the stream is broken, and what the file raises.
    """
    _need(file, "read")
    return _frames(file, limit)


def _need(file, method):
    if not hasattr(file, method):
        raise TypeError("a file that was opened for bytes is wanted, not %s" % type(file).__name__)


def _frames(file, limit):
    number = start = 0
    while True:
        number += 1
        header = _read(file, _HEADER.size)
        if not header:
            return
        _whole(header, _HEADER.size, number, start, 0, "length")
        size = _HEADER.unpack(header)[0]
        if size > limit:
            raise FrameError(number, start, start, "the frame claims %d bytes and the limit is %d" % (size, limit))
        data = _read(file, size)
        _whole(data, size, number, start, _HEADER.size, "message")
        yield data
        start += _HEADER.size + size


def _whole(data, size, number, start, before, what):
    if len(data) < size:
        reason = "the stream ends after %d of %d bytes of the %s" % (len(data), size, what)
        raise FrameError(number, start, start + before + len(data), reason)


def _read(file, size):
    """Up to size bytes, fewer at the end: what a length claims is not allocated before
    it is there."""
    pieces, left = [], size
    while left:
        piece = file.read(min(left, _CHUNK))
        if piece is None:
            raise IOError(errno.EAGAIN, "the stream has no bytes yet: read from one that waits")
        if not isinstance(piece, bytes):
            raise TypeError("open the file for bytes: with mode \"rb\"")
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def write_frame(file, row):
    """Writes a row, or the bytes of a message, as one frame to a file that was opened
    for bytes.

    Raises what row.encode raises, before anything is written; ValueError for a
    message of 4 GiB or more; and what the file raises.
    """
    _need(file, "write")
    _write(file, _frame(row))


def write_frames(file, rows):
    """Writes many, several at a time. Where one raises, those before it are written."""
    _need(file, "write")
    pending, size = [], 0
    try:
        for row in rows:
            pending.append(_frame(row))
            size += len(pending[-1])
            if size >= _CHUNK:
                _write(file, b"".join(pending))
                pending, size = [], 0
    finally:
        if pending:
            _write(file, b"".join(pending))


def _frame(row):
    if isinstance(row, bytes):
        data = row
    elif hasattr(row, "_shape"):
        data = row.encode()
    else:
        raise TypeError("a row, or the bytes of one, is wanted, not %s" % type(row).__name__)
    if len(data) >> 32:
        raise ValueError("the message has %d bytes, too many for a frame" % len(data))
    return _HEADER.pack(len(data)) + data


def _write(file, data):
    written = file.write(data)
    # Most files take all, and some say nothing; raw ones may take less.
    while written is not None and written < len(data):
        data = data[written:]
        written = file.write(data)
