"""Memory that a UNIX socket serves, for Volatility 3.

With this file in a folder that -p names, a socket is an image:

    vol -p FOLDER -f unix:///path/to/socket linux.pslist

-f /path/to/socket works too. The socket speaks the memory-access protocol of the
PANDA emulator, or volint's extension of it. Memory is read only.

A handler opens the socket as a file whose offsets are guest-physical addresses;
where memory has holes, a layer on top leaves them out. Other images are not
touched.
"""
import atexit
import bisect
import io
import os
import socket
import stat
import struct
import threading

try:
    from urllib.parse import unquote

    from volatility3.framework.interfaces.automagic import StackerLayerInterface
    from volatility3.framework.layers.physical import FileLayer
    from volatility3.framework.layers.resources import VolatilityHandler
    from volatility3.framework.layers.segmented import SegmentedLayer
except ImportError:  # Volatility 2 imports whatever lies in its plugin folders
    StackerLayerInterface = FileLayer = VolatilityHandler = SegmentedLayer = object

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


class MemoryFile(io.RawIOBase):
    """Memory as a file: its offsets are guest-physical addresses.

    A read ends before a hole, so that a layer notices that bytes are missing.
    """

    def __init__(self, path):
        super(MemoryFile, self).__init__()
        self.memory = connect(path)
        self._at = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=os.SEEK_SET):
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence, self.memory.end)
        return self._at

    def tell(self):
        return self._at

    def read(self, size=-1):
        if size is None or size < 0:
            size = max(0, self.memory.end - self._at)
        data = self.memory.read(self._at, size)
        self._at += len(data)
        return data

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class MemoryHandler(VolatilityHandler):
    """Opens unix:///path, and file:///path where that is a socket."""

    @classmethod
    def non_cached_schemes(cls):
        return ["unix"]

    @staticmethod
    def default_open(request):
        path = path_of(request.full_url)
        if path is None:
            return None
        return MemoryFile(path)


class MemoryRunsLayer(SegmentedLayer):
    """The runs of memory, where it has holes."""

    def _load_segments(self):
        memory = memory_below(self._context, self._base_layer)
        self._segments = [(start, start, length, length) for start, length in memory.runs]


class MemoryRunsStacker(StackerLayerInterface):
    stack_order = 5  # before the formats of dumps, which may lie on top

    @classmethod
    def stack(cls, context, layer_name, progress_callback=None):
        memory = memory_below(context, layer_name)
        if memory is None or (len(memory.runs) == 1 and memory.runs[0][0] == 0):
            return None
        name = context.layers.free_layer_name("MemoryRunsLayer")
        context.config[name + ".base_layer"] = layer_name
        return MemoryRunsLayer(context, name, name)


def memory_below(context, layer_name):
    """The Memory that a file layer reads, or None."""
    layer = context.layers[layer_name]
    path = path_of(layer.location) if isinstance(layer, FileLayer) else None
    return None if path is None else connect(path)


def path_of(url):
    """The absolute path of a URL's socket, or None."""
    scheme, _colon, rest = url.partition(":")
    path = unquote(rest[2:] if rest.startswith("//") else rest)
    if scheme == "unix" or (scheme == "file" and is_socket(path)):
        return os.path.abspath(path)
    return None
