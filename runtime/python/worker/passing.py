"""Takes commands from the program: a connected UNIX socket carries each request, and
the descriptors that its output goes to."""
import json
import os
import socket
import struct

from . import channel

# A request has so many descriptors, each with a byte of its own: frames, control, and
# what is printed.
DESCRIPTORS = 3


class Commands(object):
    """The hub's end of the socket."""

    def __init__(self, fd):
        self._socket = socket.fromfd(fd, socket.AF_UNIX, socket.SOCK_STREAM)
        channel.keep_from_children(self._socket.fileno())

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def receive(self):
        """The next request, and its descriptors; None once the program has gone."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self._some(1)
            if not byte:
                return None
            line += byte
        body = self._all(int(line))
        descriptors = []
        while body is not None and len(descriptors) < DESCRIPTORS:
            descriptor = receive_descriptor(self._socket)
            if descriptor is None:
                return None
            descriptors.append(descriptor)
        return body and (json.loads(body.decode("utf-8")), descriptors)

    def _some(self, size):
        try:
            return self._socket.recv(size)
        except socket.error:
            return b""

    def _all(self, size):
        parts = []
        while size > 0:
            part = self._some(size)
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def receive_descriptor(connection):
    """The descriptor that comes with the next byte; None where none does."""
    try:
        if not hasattr(connection, "recvmsg"):  # Python 2
            import _multiprocessing

            return _multiprocessing.recvfd(connection.fileno())
        size = struct.calcsize("i")
        _byte, messages, _flags, _address = connection.recvmsg(1, socket.CMSG_SPACE(size))
        for level, kind, data in messages:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                return struct.unpack("i", data[:size])[0]
    except EnvironmentError:
        pass
    return None
