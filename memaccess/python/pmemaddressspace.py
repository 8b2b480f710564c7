"""A Volatility 2 address space for memory that a UNIX socket serves.

Copy or link this file into volatility/plugins/addrspaces, or put it into a
folder that --plugins names. Then a socket is an image:

    python vol.py [plugin] -f /path/to/socket --profile=[profile]

-l takes unix:///path/to/socket, and file:///path/to/socket. The socket speaks
the memory-access protocol of the PANDA emulator, or volint's extension of it.
Memory is read only.
"""
import atexit
import bisect
import os
import socket
import stat
import struct
import threading
import urllib

import volatility.addrspace as addrspace

# --- client ---------------------------------------------------------------
# The same text stands in pmemaddressspace.py and volint_memory_layer.py: each
# is complete by itself. Works under Python 2.7 and 3.

REQUEST = struct.Struct("<QQQ")  # type (seven bytes of padding), address, length
QUIT, READ, HELLO = 0, 1, 0x80
HELLO_MAGIC = 0x0000544E494C4F56  # "VOLINT"
HELLO_FIXED = struct.Struct("<HHIQI")  # version, zero, features, limit, runs
RUN = struct.Struct("<QQ")

PAGE = 4096
# An original server answers a read of a page or less with zeros where no memory
# is: only a longer one tells whether there is some.
PROBE = 2 * PAGE
# The longest read that is sent as one request, and the most pages that are kept.
LONGEST = 1 << 20
MOST_PAGES = 16384
# A server that is silent for this many seconds is taken for gone.
PATIENCE = 60
GIB4 = 1 << 32


class ServerError(IOError):
    """The memory server is not there, went away, or does not keep to the protocol."""


class Memory(object):
    """The guest-physical memory behind a socket.

    Read pages are kept until forget(); reads are exact. One connection serves the
    whole process; a forked child makes its own.
    """

    def __init__(self, path):
        self.path = path
        self.broken = None  # the ServerError that ended the connection, for good
        self._lock = threading.Lock()
        self._pages = {}
        self._runs = None
        self._longest = LONGEST
        self._connect()

    def _connect(self):
        self._pid = os.getpid()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(PATIENCE)
        try:
            self._socket.connect(self.path)
        except (socket.error, TypeError, ValueError) as error:
            self._socket.close()
            raise ServerError("nobody serves memory on %s: %s" % (self.path, error))

    # What is there.

    @property
    def runs(self):
        """(start, length) of each run of memory, in order; they don't touch."""
        if self._runs is None:
            runs = joined(self._hello() or find_runs(self._readable))
            if not runs:
                raise self._break("the memory server on %s has no memory that can be read" % self.path)
            self._runs = runs
        return self._runs

    @property
    def end(self):
        """The address after the last byte."""
        start, length = self.runs[-1]
        return start + length

    def run_of(self, address):
        """(start, end) of the run that holds an address, or None."""
        at = bisect.bisect_right(self.runs, (address, 1 << 64)) - 1
        if at < 0 or address >= sum(self.runs[at]):
            return None
        return self.runs[at][0], sum(self.runs[at])

    # Reading.

    def read(self, address, length):
        """The bytes from an address on: length of them, or fewer where a hole, the
        end of memory or a page that can't be read comes before; b"" where nothing is."""
        parts, by_page_up_to = [], 0
        while length > 0:
            part = b""
            if length >= 16 * PAGE and address >= by_page_up_to:
                part = self._piece(address, length)
                if not part:
                    by_page_up_to = address + self._longest
            part = part or self._from_page(address)[:length]
            if not part:
                break
            parts.append(part)
            address += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readable(self, address):
        """Whether the byte at an address can be read: it was, with its page."""
        return bool(self._from_page(address))

    def forget(self):
        """Drops the pages that were read: the guest may have changed them."""
        self._pages.clear()

    def _piece(self, address, length):
        """As much as one request brings, past the pages that are kept."""
        run = self.run_of(address)
        if run is None:
            return b""
        return self._request(READ, address, min(length, run[1] - address, self._longest)) or b""

    def _from_page(self, address):
        """The page's bytes from an address on; a page ends where its run does."""
        run = self.run_of(address)
        if run is None:
            return b""
        low = max(run[0], address - address % PAGE)
        page = self._pages.get(low)
        if page is None:
            high = min(run[1], low - low % PAGE + PAGE)
            page = self._request(READ, low, high - low) or b""
            if len(self._pages) >= MOST_PAGES:
                self._pages.clear()
            self._pages[low] = page
        return page[address - low :]

    def _readable(self, address, length):
        return self._request(READ, address, length) is not None

    # The protocol.

    def close(self):
        """Ends the connection. An original server wants to be told."""
        if self._pid == os.getpid():
            try:
                self._socket.sendall(REQUEST.pack(QUIT, 0, 0))
            except socket.error:  # it is closed already
                pass
        self._socket.close()

    def _request(self, kind, address, length):
        """The bytes that a request answers, or None where it fails."""
        answer = self._exchange(kind, address, length, lambda: self._receive(length + 1))
        return answer[:length] if answer[length:] == b"\x01" else None

    def _hello(self):
        """The runs that the server tells, or None: original servers tell nothing."""
        try:
            answer = self._exchange(HELLO, HELLO_MAGIC, 0, self._receive_hello)
        except ServerError:
            # It may hang up on a type that it does not know. Where it is gone, this
            # connection fails too.
            self._connect()
            self.broken = None
            return None
        if answer is None:
            return None
        if len(answer) < HELLO_FIXED.size:
            raise self._break("the memory server's hello is too short: %d bytes" % len(answer))
        _version, _zero, _features, limit, count = HELLO_FIXED.unpack_from(answer)
        if HELLO_FIXED.size + count * RUN.size > len(answer) or not limit:
            raise self._break("the memory server's hello makes no sense")
        self._longest = min(LONGEST, limit)
        return [RUN.unpack_from(answer, HELLO_FIXED.size + at * RUN.size) for at in range(count)]

    def _receive_hello(self):
        if self._receive(1) != b"\x01":
            return None
        size, = struct.unpack("<I", self._receive(4))
        return self._receive(min(size, LONGEST))

    def _exchange(self, kind, address, length, receive):
        """Sends a request; returns what receive makes of the answer."""
        if self._pid != os.getpid():
            self._socket.close()  # the parent goes on with it
            self._lock = threading.Lock()
            self._connect()
        with self._lock:
            try:
                self._send(kind, address, length)
                return receive()
            except BaseException:  # KeyboardInterrupt too: the rest of the answer is still to come
                if self.broken is None:
                    self._break("a request to the memory server on %s was interrupted" % self.path)
                raise

    def _send(self, kind, address, length):
        if self.broken is not None:
            raise self.broken
        try:
            self._socket.sendall(REQUEST.pack(kind, address, length))
        except socket.error as error:
            raise self._break("the memory server on %s closed the connection: %s" % (self.path, error))

    def _receive(self, length):
        parts = []
        while length > 0:
            try:
                part = self._socket.recv(min(length, LONGEST))
            except socket.timeout:
                raise self._break("the memory server on %s did not answer for %d seconds" % (self.path, PATIENCE))
            except socket.error as error:
                raise self._break("the memory server on %s closed the connection: %s" % (self.path, error))
            if not part:
                raise self._break("the memory server on %s closed the connection" % self.path)
            parts.append(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _break(self, message):
        """Ends the connection for good: what it would still say can't be trusted."""
        self.close()
        self.broken = ServerError(message)
        return self.broken


def joined(runs):
    """Runs in order, those that touch or overlap made one, empty ones left out."""
    found = []
    for start, length in sorted(runs):
        if found and start <= sum(found[-1]):
            found[-1] = (found[-1][0], max(sum(found[-1]), start + length) - found[-1][0])
        elif length:
            found.append((start, length))
    return found


def find_runs(readable):
    """The runs of a server that does not tell them, found by reads that fail.

    readable(address, length) says whether a read succeeds. Memory is looked for
    where machines have it: up to 1 MiB in steps of 64 KiB, up to 16 MiB in steps of
    1 MiB, up to 4 GiB in steps of 16 MiB, and from there in steps that double. Each
    edge between a place that can be read and one that can't is then found to the
    byte. A hole that lies between two such places is not seen here: its pages
    fail, or are zeros, when they are read.
    """

    def good(address):
        return readable(address, PROBE)

    places = list(range(0, 1 << 20, 1 << 16)) + list(range(1 << 20, 1 << 24, 1 << 20))
    places += list(range(1 << 24, GIB4 + 1, 1 << 24))
    known = [(place, good(place)) for place in [0, PAGE] + places[1:]]
    step = 1 << 24
    while known[-1][1] and known[-1][0] < 1 << 52:
        known.append((known[-1][0] + step, good(known[-1][0] + step)))
        step *= 2

    runs, start = [], 0 if known[0][1] else None
    for (before, was), (after, now) in zip(known, known[1:]):
        if now and not was:
            start = edge(good, after, before)
        elif was and not now:
            end = edge(good, before, after) + PROBE
            runs.append((start, end - start))
            start = None
    if start is not None:
        runs.append((start, known[-1][0] + PROBE - start))
    if not runs and readable(0, 1):  # less memory than a probe is long
        runs = [(0, edge(lambda address: readable(address, 1), 0, PROBE) + 1)]
    return runs


def edge(good, inside, outside):
    """The last good address from inside, which is good, towards outside."""
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if good(middle):
            inside = middle
        else:
            outside = middle
    return inside


_memories = {}


def connect(path):
    """The Memory behind a socket, one for each path."""
    memory = _memories.get(path)
    if memory is None or memory.broken is not None:
        memory = _memories[path] = Memory(path)
    return memory


@atexit.register
def _quit():
    for memory in _memories.values():
        memory.close()


def is_socket(path):
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except (OSError, TypeError, ValueError):
        return False


# --- end of the client ----------------------------------------------------


class PMemAddressSpace(addrspace.BaseAddressSpace):
    """Physical memory behind a UNIX socket.

    It reads as a file would that holds all of physical memory: what is in a hole
    or past the end can't be read, and a read that runs into one ends there.
    """

    order = 0  # before all that would open the socket as a file

    def __init__(self, base, config, layered=False, **kwargs):
        self.as_assert(base is None or layered, "Must be first Address Space")
        path = path_of(config.LOCATION)
        self.as_assert(path and is_socket(path), "Location is not a UNIX socket")
        addrspace.BaseAddressSpace.__init__(self, base, config, **kwargs)
        self.name = self.fname = os.path.abspath(path)
        try:
            self.memory = connect(self.name)
            self.fsize = self.memory.end
        except ServerError as error:
            self.as_assert(False, str(error))

    def read(self, addr, length):
        """The bytes from addr on, as many as can be read; None where none can."""
        return self.memory.read(int(addr), int(length)) or None

    def zread(self, addr, length):
        """length bytes, zeros where nothing can be read."""
        addr, length, parts = int(addr), int(length), []
        while length > 0:
            part = self.memory.read(addr, length)
            if not part:  # up to the next page
                part = b"\x00" * min(length, PAGE - addr % PAGE)
            parts.append(part)
            addr += len(part)
            length -= len(part)
        return b"".join(parts)

    def read_long(self, addr):
        """The unsigned number in the four bytes at addr, or None."""
        data = self.memory.read(int(addr), 4)
        return struct.unpack("=I", data)[0] if len(data) == 4 else None

    def is_valid_address(self, addr):
        return addr is not None and self.memory.readable(int(addr))

    def get_available_addresses(self):
        for run in self.memory.runs:
            yield run

    def write(self, addr, data):
        """Memory is read only."""
        return False

    def close(self):
        """Does nothing: other address spaces of this process read through the same
        connection, which ends with the process."""

    def __eq__(self, other):
        return self.__class__ == other.__class__ and self.base == other.base and self.fname == other.fname

    def __ne__(self, other):
        return not self == other


def path_of(location):
    """The path in a location, or None."""
    location = location or ""
    for scheme in ("file://", "unix://"):
        if location.startswith(scheme):
            return urllib.url2pathname(location[len(scheme) :])
    return None
