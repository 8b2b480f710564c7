"""A client of the original's way, from the protocol's description: 4096 bytes at most
in a request, and one recv for each answer. Works under Python 2.7 and 3.
"""

import socket
import struct

MOST = 4096


class Original(object):
    """Memory behind a socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)

    def request(self, address, length):
        self.socket.send(struct.pack("=QQQ", 1, address, length))
        data = self.socket.recv(length)
        status = self.socket.recv(1)
        return data if status == b"\x01" else None

    def read(self, address, length):
        data = b""
        while length > 0:
            part = self.request(address, min(length, MOST))
            if part is None:
                break
            data += part
            address += len(part)
            length -= len(part)
        return data
