"""A Volatility 2 address space for memory that a UNIX socket serves.

Copy or link this file into volatility/plugins/addrspaces, or put it into a
folder that --plugins names. Then a socket is an image:

    python vol.py [plugin] -f /path/to/socket --profile=[profile]

-l takes unix:///path/to/socket, and file:///path/to/socket. The socket speaks
the memory-access protocol of the PANDA emulator, or volint's extension of it.
Memory is written to only with Volatility's --write, by a server that allows it.
"""
import atexit
import bisect
import errno
import os
import select
import socket
import stat
import struct
import sys
import threading
import time
import urllib

import volatility.addrspace as addrspace

# --- client ---------------------------------------------------------------
# The same text stands in pmemaddressspace.py and volint_memory_layer.py: each
# is complete by itself. Works under Python 2.7 and 3.

REQUEST = struct.Struct("<QQQ")  # type (seven bytes of padding), address, length
QUIT, READ, WRITE = 0, 1, 2
HELLO, VECTORED, DESCRIPTOR, PAUSE, CONTINUE = 0x80, 0x81, 0x82, 0x83, 0x84
HELLO_MAGIC = 0x0000544E494C4F56  # "VOLINT"
HAS_VECTORED, HAS_DESCRIPTOR, HAS_PAUSE, IS_WRITABLE, IS_LIVE = 1, 2, 4, 8, 16
RANGE = struct.Struct("<QQ")  # address, length
FILED_RANGE = struct.Struct("<QQIIQ")  # address, length, index of the file, zero, offset in it
NO_FILE = 0xFFFFFFFF
MOST_FILES = 64
MOST_RANGES = 1 << 16

PAGE = 4096
# An original server answers a read of a page or less with zeros where no memory
# is: only a longer one tells whether there is some.
PROBE = 2 * PAGE
# The longest read that is sent as one request, and the most pages that are kept.
LONGEST = 1 << 20
MOST_PAGES = 16384
# Pages that are asked for at once: kernels lay what belongs together in blocks of
# some, and the way to the server and back costs more than the bytes.
AHEAD = 4
# A server that has not answered after this many seconds is taken for gone.
PATIENCE = 60
# How long a single byte may stand alone before it is taken for the whole answer.
LONE_BYTE = 1
# The most that a server may tell of its runs and files: a kdump may have 8 million.
MOST_TOLD = 1 << 28
GIB4 = 1 << 32
NOWHERE = (0, 0, None, 0)


class ServerError(IOError):
    """The memory server is not there, went away, or does not keep to the protocol."""


class Monitor(ServerError):
    """What answers is an emulator's monitor (QMP)."""


class Closed(ServerError):
    """The server closed the connection in place of an answer."""


class Connection(object):
    """A connection to a memory server: a request, then all of its answer.

    One serves the whole process; a forked child makes its own.
    """

    def __init__(self, path):
        self.path = path
        # A server without hello may answer a read that fails by the status alone, as
        # LibVMI's patch for QEMU does. None: that has to be found out.
        self.terse = None
        self.lock = threading.Lock()
        self.connect()

    def connect(self):
        self.broken = None  # the ServerError that ended the connection, for good
        self._pid = os.getpid()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.be_patient(PATIENCE)
            self._socket.connect(self.path)
        except (EnvironmentError, TypeError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise self.fail("nobody serves memory on %s: %s" % (self.path, why))

    def be_patient(self, seconds):
        """Sets how long to wait. The system looks at the clock: Python would ask it
        before each read whether there is something to read."""
        self._socket.settimeout(None)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self._socket.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", int(seconds), int(seconds % 1 * 1e6)))
        self._patience = seconds

    def exchange(self, request, receive):
        """Sends a request; returns what receive makes of the answer."""
        if not self.ours():
            self.leave()
            self.connect()
        with self.lock:
            return self.talk(request, receive)

    def talk(self, request, receive):
        """The same for who has the lock."""
        if self.broken is not None:
            raise self.broken
        if self.terse and self._more(0):
            raise self.fail("the memory server on %s sends what nobody asked for" % self.path)
        try:
            self._begun, self._deadline = False, now() + self._patience
            self._socket.sendall(request)
            return receive()
        except EnvironmentError as error:  # a ServerError is one too
            raise self.broken or self._failed(error)
        except BaseException:  # KeyboardInterrupt: the rest of the answer is still to come
            self.fail("a request to the memory server on %s was interrupted" % self.path)
            raise

    def receive(self, length):
        """The next bytes of the answer: all of length."""
        parts = []
        while length > 0:
            part = self._some(min(length, LONGEST), socket.MSG_WAITALL)
            parts.append(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def receive_data(self, length):
        """A read's data, or None where it failed."""
        if self.terse is not False:
            return self._receive_terse(length)
        if length <= 16 * PAGE:  # it comes in one piece
            data = self.receive(length + 1)
            return data[:length] if self.succeeded(data[length:]) else None
        data = self.receive(length)
        return data if self.succeeded(self.receive(1)) else None

    def _receive_terse(self, length):
        """The same from a server that may leave the data out where it failed."""
        data = self._some(min(length + 1, LONGEST), 0)
        if len(data) == 1 and length > 0 and not self._more(LONE_BYTE if self.terse is None else LONE_BYTE / 200.0):
            self.terse = True
            return None
        data += self.receive(length + 1 - len(data))
        return data[:length] if self.succeeded(data[length:]) else None

    def _more(self, seconds):
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return poll.poll(int(seconds * 1000))

    def succeeded(self, status):
        """What a status byte says."""
        if status == b"{":  # of QMP's greeting
            raise self.fail("%s is a QMP socket, which serves no memory" % self.path, Monitor)
        if status not in (b"\x00", b"\x01"):
            raise self.fail("the memory server on %s says 0x%02x, which is no status" % (self.path, ord(status)))
        return status == b"\x01"

    def receive_status(self):
        return self.succeeded(self.receive(1))

    def receive_told(self):
        """What follows a status, its length before it; None where the status is 0."""
        return self.receive_rest() if self.receive_status() else None

    def receive_rest(self):
        size, = struct.unpack("<I", self.receive(4))
        if size > MOST_TOLD:
            raise self.fail("the memory server on %s wants to tell %d bytes of its memory" % (self.path, size))
        return self.receive(size)

    def receive_files(self, receive_message):
        """As receive_told, with the descriptors that come along: (bytes, descriptors)."""
        status, descriptors, whole = receive_message(self._socket)
        try:
            if not status:
                raise self._closed()
            self._begun = True
            if not whole:
                raise self.fail("the memory server on %s sends more than %d descriptors" % (self.path, MOST_FILES))
            return (self.receive_rest() if self.succeeded(status) else None), descriptors
        except BaseException:
            close_all(descriptors)
            raise

    def _some(self, length, flags):
        while True:
            if now() > self._deadline:  # it may send a byte now and then
                raise self._silent()
            try:
                part = self._socket.recv(length, flags)
                break
            except EnvironmentError as error:  # Python 2 leaves it to its callers to go on
                if error.errno != errno.EINTR:
                    raise
        if not part:
            raise self._closed()
        self._begun = True
        return part

    def fail(self, message, kind=ServerError):
        """Ends the connection for good: what it would still say can't be trusted."""
        self.close()
        self.broken = kind(message)
        return self.broken

    def _failed(self, error):
        if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
            return self._silent()
        return self._closed(": %s" % error)

    def _silent(self):
        return self.fail("the memory server on %s did not answer for %g seconds" % (self.path, self._patience))

    def _closed(self, why=""):
        kind = ServerError if self._begun else Closed
        return self.fail("the memory server on %s closed the connection%s" % (self.path, why), kind)

    def ours(self):
        """Whether the connection is this process', and not its parent's."""
        return self._pid == os.getpid()

    def leave(self):
        """Leaves the connection to the parent, which goes on with it."""
        if not self.ours():
            self._socket.close()
            self.lock = threading.Lock()  # one of the parent's threads may have had it

    def close(self):
        """Ends the connection. An original server wants to be told."""
        if self.ours():
            try:
                self._socket.send(REQUEST.pack(QUIT, 0, 0), socket.MSG_DONTWAIT)
            except EnvironmentError:  # it is closed already
                pass
        self._socket.close()


class Hello(object):
    """What a server tells of itself. An original one tells nothing."""

    features, longest, runs, process, started = 0, LONGEST, None, 0, 0
    image = name = trouble = ""

    def __init__(self, answer):
        if answer is None:
            return
        _version, _zero, self.features, limit, count = answer.take("<HHIQI")
        self.longest = min(LONGEST, limit)
        if limit < PAGE:
            raise ValueError("it takes no requests of a page")
        self.runs = answer.take_all(RANGE, count)
        if any(sum(run) > 1 << 64 for run in self.runs):
            raise ValueError("memory ends after the last address")
        if answer.left():  # older servers end here
            self.process, self.started = answer.take("<QQ")
            self.image, self.name, self.trouble = answer.text(), answer.text(), answer.text()

    def same_as(self, other):
        """Whether it is of the same memory; that of a guest may become more."""
        same = (self.process, self.started, self.image) == (other.process, other.started, other.image)
        return same and self.runs is not None and (self.features & IS_LIVE or self.runs == other.runs)


class Answer(object):
    """An answer's bytes, from the front on. What is not there is a ValueError."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def _next(self, size):
        """Where the next bytes are, which are taken then."""
        if size > self.left():
            raise ValueError("%d bytes can't be in %d" % (size, self.left()))
        self.at += size
        return self.at - size

    def take(self, layout):
        return struct.unpack_from(layout, self.data, self._next(struct.calcsize(layout)))

    def take_all(self, layout, count):
        start = self._next(count * layout.size)
        return [layout.unpack_from(self.data, at) for at in range(start, self.at, layout.size)]

    def text(self):
        """A string with its length before it, as str."""
        start = self._next(self.take("<H")[0])
        data = self.data[start : self.at]
        return data if str is bytes else data.decode("utf-8", "replace")


class Memory(object):
    """The guest-physical memory behind a socket.

    Where the server passes the files that hold it, memory is read from them: by
    pread, which a file that gets shorter can't kill as it would kill readers of a
    map, and which is as fast as a map that is checked. Of what comes through the
    socket, pages are kept until forget(). Reads are exact.
    """

    def __init__(self, path):
        self.path = path
        self._server = Connection(path)
        self._hello = None
        self._runs = None
        self._pages = {}
        self._files = []
        self._pieces = []  # (start, end, file, what is added to an address) of what lies in files
        self._near = NOWHERE  # the piece that was read last
        self._asked = False  # for trouble
        self._unknown = ""  # trouble that there may have been

    def __reduce__(self):
        """A copy, of a Volatility context for instance, reads through the same."""
        return connect, (self.path,)

    # What is there.

    @property
    def broken(self):
        """The ServerError that ended the connection, for good, or None."""
        return self._server.broken

    @property
    def hello(self):
        """What the server told at first."""
        if self._hello is None:
            try:
                self._hello = self._say_hello()
            except Closed:
                # It may hang up on a type that it does not know. Where it is gone, this
                # connection fails too.
                self._server.connect()
                self._hello = Hello(None)
            if self._hello.runs is not None:
                self._server.terse = False
        return self._hello

    @property
    def live(self):
        """Whether the guest may be running: then what was read is true for a moment."""
        return bool(self.hello.features & IS_LIVE)

    @property
    def runs(self):
        """(start, length) of each run of memory, in order; they don't touch."""
        if self._runs is None:
            told = self.hello.runs
            runs = joined(find_runs(self._readable) if told is None else told)
            if not runs:
                raise self._fail("the memory server on %s has no memory that can be read" % self.path)
            if self.hello.features & HAS_DESCRIPTOR:
                self._take_files(runs)
            self._runs = runs
        return self._runs

    @property
    def end(self):
        """The address after the last byte."""
        return sum(self.runs[-1])

    def run_of(self, address):
        """(start, end) of the run that holds an address, or None."""
        return run_at(self.runs, address)

    # Reading.

    def read(self, address, length):
        """The bytes from an address on: length of them, or fewer where a hole, the
        end of memory or a page that can't be read comes before; b"" where nothing is."""
        start, end, descriptor, shift = self._near
        if start <= address and address + length <= end and length > 0:
            try:
                data = pread(descriptor, length, address + shift)
                if len(data) == length:
                    return data
            except EnvironmentError:
                pass  # the long way says why
        return self._read(address, length)

    def zread(self, address, length):
        """length bytes, zeros where nothing can be read."""
        parts, end = [], address + length
        while address < end:
            part = self.read(address, end - address)
            if not part:
                part = b"\x00" * (min(end, self._after(address)) - address)
            parts.append(part)
            address += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_each(self, ranges):
        """The bytes of each (address, length), None where not all of them can be read.
        Where they have to come from the server, many come at once."""
        found, asked, total = [], [], 0
        runs, most = self.runs, self._longest if self.hello.features & HAS_VECTORED else -1
        for address, length in ranges:
            run = run_at(runs, address)
            if run is None or run[1] < address + length:  # a server may answer zeros
                found.append(None)
                continue
            if length > most or self._pieces and self._piece_of(address):
                data = self.read(address, length)
                found.append(data if len(data) == length else None)
                continue
            if total + length > most or len(asked) == MOST_RANGES:
                self._request_each(asked, found)
                asked, total = [], 0
            asked.append((len(found), address, length))
            found.append(None)
            total += length
        self._request_each(asked, found)
        return found

    def readable(self, address):
        """Whether the byte at an address can be read: it was."""
        return len(self.read(address, 1)) == 1

    def valid(self, address, length):
        """Whether there is memory all the way; what lies in no file is read."""
        start, end, _descriptor, _shift = self._near
        if start <= address and address + length <= end:
            return True
        run, end = self.run_of(address), address + length
        if run is None or run[1] < end:
            return False
        while address < end:
            piece = self._piece_of(address)
            if piece is None and not self.readable(address):
                return False
            address = piece[1] if piece else address - address % PAGE + PAGE
        return True

    def forget(self):
        """Drops the pages that were read: the guest may have changed them."""
        self._pages.clear()

    @property
    def _longest(self):
        return self.hello.longest

    def _read(self, address, length):
        parts, by_page_up_to = [], 0
        while length > 0:
            part = self._from_file(address, length)
            if not part and length >= 16 * PAGE and address >= by_page_up_to:
                part = self._from_server(address, length)
                if not part:
                    by_page_up_to = address + self._longest
            part = part or self._from_page(address, length)
            if not part:
                break
            parts.append(part)
            address += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _after(self, address):
        """Where there may be memory again, after an address that can't be read."""
        if self.run_of(address):
            return address - address % PAGE + PAGE
        at = bisect.bisect_right(self.runs, (address, 1 << 65))
        return self.runs[at][0] if at < len(self.runs) else 1 << 65

    def _piece_of(self, address):
        self.runs  # learns of pieces
        at = bisect.bisect_right(self._pieces, (address, 1 << 65)) - 1
        return self._pieces[at] if at >= 0 and address < self._pieces[at][1] else None

    def _from_file(self, address, length):
        """The bytes from an address on, as far as a file has them; b"" where none has."""
        piece = self._piece_of(address)
        if piece is None:
            return b""
        self._near = piece
        _start, end, descriptor, shift = piece
        length = min(length, end - address, 1 << 30)
        try:
            data = pread(descriptor, length, address + shift)
        except EnvironmentError:  # the server will say that it can't be read
            return b""
        if len(data) < length:
            raise self._fail("a file that holds the memory behind %s has become shorter" % self.path)
        return data

    def _from_server(self, address, length):
        """As much as one request brings, past the pages that are kept."""
        run = self.run_of(address)
        if run is None:
            return b""
        return self._request(address, min(length, run[1] - address, self._longest)) or b""

    def _from_page(self, address, length):
        """At most length of the page's bytes from an address on; a page ends where its
        run does."""
        run = self.run_of(address)
        if run is None:
            return b""
        low = max(run[0], address - address % PAGE)
        page = self._pages.get(low)
        if page is None:
            self._fetch(low, run[1], max(AHEAD, min(length, self._longest) // PAGE))
            page = self._pages[low]
        return page[address - low : address - low + length]

    def _fetch(self, low, end, count):
        """Keeps a page, and where they come at once those of its block of count."""
        if len(self._pages) + count > MOST_PAGES:
            self._pages.clear()
        if not self.hello.features & HAS_VECTORED:
            self._pages[low] = self._request(low, min(end, low - low % PAGE + PAGE) - low) or b""
            return
        asked, until = [], min(end, low - low % (AHEAD * PAGE) + count * PAGE)
        while low < until and len(asked) < self._longest // PAGE:
            high = min(end, low - low % PAGE + PAGE)
            if low not in self._pages:
                asked.append((low, high - low))
            low = high
        found = [None] * len(asked)
        self._request_each([(at,) + each for at, each in enumerate(asked)], found)
        for (low, _length), page in zip(asked, found):
            self._pages[low] = page or b""

    def _readable(self, address, length):
        return self._request(address, length) is not None

    # Writing, and the guest.

    def write(self, address, data):
        """Writes to memory; whether all of it was written. A server is read only unless
        it was told otherwise."""
        if self.hello.runs is not None and not self.hello.features & IS_WRITABLE:
            return False
        if address < 0 or address + len(data) > 1 << 64:
            return False
        for low in [at for at in self._pages if at < address + len(data) and address < at + PAGE]:
            del self._pages[low]
        for at in range(0, len(data), self._longest):
            part = data[at : at + self._longest]
            request = REQUEST.pack(WRITE, address + at, len(part)) + part
            if not self._ask(request, self._server.receive_status, again=False):
                return False
        return True

    def pause(self, hold_ms=0):
        """Stops the guest, for hold_ms at most, or as long as the server thinks right;
        whether it stands. It runs on when this connection ends, and if it was stopped
        by somebody else, it stays so. A forked child pauses by itself."""
        if not self.hello.features & HAS_PAUSE:
            return False
        request = REQUEST.pack(PAUSE, max(0, int(hold_ms)), 0)
        return self._ask(request, self._server.receive_status, again=False)

    def resume(self):
        """Ends what pause began; whether there was something to end."""
        if not self.hello.features & HAS_PAUSE:
            return False
        return self._ask(REQUEST.pack(CONTINUE, 0, 0), self._server.receive_status, again=False)

    def trouble(self):
        """What happened to the guest since this process connected that makes its memory
        another's, "the guest was reset" for instance; "" where nothing is known."""
        self._asked = True
        return self._say_hello().trouble or self._unknown if self.hello.runs is not None else ""

    def warn(self):
        """Tells trouble on standard error, unless somebody asked for it before."""
        try:
            if self._hello and self.live and not self._asked and not self.broken and self._server.ours():
                self._server.be_patient(2)
                trouble = self.trouble()
                if trouble:
                    sys.stderr.write("warning: %s while its memory was read\n" % trouble)
        except EnvironmentError:
            pass

    # The protocol.

    def close(self):
        self._pieces, self._near = [], NOWHERE
        close_all(self._files)
        self._files = []
        self._server.close()

    def _fail(self, message):
        self.close()
        return self._server.fail(message)

    def _ask(self, request, receive, again=True):
        """What receive makes of the answer to a request. A server may have closed a
        connection that was idle: then it is asked again, if it is still the same."""
        if self.broken is not None:
            raise self.broken
        told = self._hello is not None and self._hello.runs is not None
        if told and not self._server.ours():
            self._server.leave()
            self._meet_again(None)
        try:
            return self._server.exchange(request, receive)
        except Closed as closed:
            if not told or not again:
                raise
            self._meet_again(closed)
            if self.live:
                self._unknown = "the memory server closed a connection, so that a reset may have gone unnoticed"
            return self._server.exchange(request, receive)

    def _meet_again(self, closed):
        """Connects anew, and makes sure that the same memory is served."""
        with self._server.lock:
            if self._server.broken is not closed:
                return  # another thread did
            try:
                self._server.connect()
                data = self._server.talk(REQUEST.pack(HELLO, HELLO_MAGIC, 0), self._server.receive_told)
            except ServerError as error:
                self._server.broken = closed or error
                raise self._server.broken
            if not self._understood(data).same_as(self._hello):
                raise self._fail("another memory is served on %s than before" % self.path)

    def _say_hello(self):
        return self._understood(self._ask(REQUEST.pack(HELLO, HELLO_MAGIC, 0), self._server.receive_told))

    def _understood(self, data):
        try:
            return Hello(None if data is None else Answer(data))
        except ValueError as error:
            raise self._fail("the hello of the memory server on %s makes no sense: %s" % (self.path, error))

    def _take_files(self, runs):
        """Takes the files that hold memory, if there are some for this process."""
        if not find_system_calls():
            return
        server = self._server
        request = REQUEST.pack(DESCRIPTOR, 0, 0)
        data, self._files = self._ask(request, lambda: server.receive_files(receive_message))
        try:
            self._pieces = [] if data is None else pieces_of(Answer(data), self._files, runs)
        except (ValueError, EnvironmentError) as error:
            raise self._fail("what the memory server on %s tells of its files makes no sense: %s" % (self.path, error))

    def _request(self, address, length):
        """The bytes that one read answers, or None where it fails."""
        server = self._server
        return self._ask(REQUEST.pack(READ, address, length), lambda: server.receive_data(length))

    def _request_each(self, asked, found):
        """Reads each (index, address, length) by one request, into found."""
        if not asked:
            return
        ranges = b"".join([RANGE.pack(address, length) for _index, address, length in asked])
        total = sum(length for _index, _address, length in asked)

        def receive():
            return self._server.receive(total), self._server.receive(len(asked))

        request = REQUEST.pack(VECTORED, len(asked), len(ranges)) + ranges
        data, statuses = self._ask(request, receive)
        if statuses.strip(b"\x00\x01"):
            self._server.succeeded(statuses.strip(b"\x00\x01")[:1])  # is not, and raises
        at = 0
        for (index, _address, length), status in zip(asked, bytearray(statuses)):
            if status:
                found[index] = data[at : at + length]
            at += length


def joined(runs):
    """Runs in order, those that touch or overlap made one, empty ones left out."""
    found = []
    for start, length in sorted(runs):
        if found and start <= sum(found[-1]):
            found[-1] = (found[-1][0], max(sum(found[-1]), start + length) - found[-1][0])
        elif length:
            found.append((start, length))
    return found


def run_at(runs, address):
    """(start, end) of the run that holds an address, or None."""
    at = bisect.bisect_right(runs, (address, 1 << 65)) - 1
    return (runs[at][0], sum(runs[at])) if at >= 0 and address < sum(runs[at]) else None


def pieces_of(answer, files, runs):
    """(start, end, file, what is added to an address) of what lies in files."""
    _version, count, ranges = answer.take("<HHI")
    if count != len(files):
        raise ValueError("%d files are told and %d are there" % (count, len(files)))
    sizes = [size_of(file) for file in files]
    pieces, last = [], 0
    for start, length, index, _zero, offset in answer.take_all(FILED_RANGE, ranges):
        end = start + length
        if start < last or (run_at(runs, start) or NOWHERE)[1] < end:
            raise ValueError("a part at %d is out of order, or no memory" % start)
        last = end
        if index == NO_FILE or length == 0:
            continue
        if index >= len(files):
            raise ValueError("there is no file %d" % index)
        if sizes[index] is None:
            continue
        if offset + length > sizes[index]:
            raise ValueError("a file ends at %d, before its memory" % sizes[index])
        shift = offset - start
        if pieces and pieces[-1][1:] == (start, files[index], shift):
            start = pieces.pop()[0]
        pieces.append((start, end, files[index], shift))
    return pieces


def size_of(descriptor):
    """The size of a file, None of what is no file: that may not be read in places."""
    told = os.fstat(descriptor)
    return told.st_size if stat.S_ISREG(told.st_mode) else None


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


def close_all(descriptors):
    for descriptor in descriptors:
        try:
            os.close(descriptor)
        except EnvironmentError:
            pass


# What comes with the next byte of a socket: (the byte, descriptors, whether these
# are all). Python 2.7 has neither this nor pread: there they are the C library's.


def receive_message_3(connection):
    room = socket.CMSG_SPACE(4 * MOST_FILES)
    byte, messages, flags, _address = connection.recvmsg(1, room, socket.MSG_CMSG_CLOEXEC)
    descriptors = []
    for level, kind, data in messages:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            count = len(data) // 4
            descriptors += struct.unpack("=%di" % count, data[: 4 * count])
    return byte, descriptors, not flags & socket.MSG_CTRUNC


def system_calls_2():
    """(pread, receive_message) of Linux' C library."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    new_string = ctypes.pythonapi.PyString_FromStringAndSize
    new_string.restype, new_string.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_ssize_t)
    read = library.pread64
    read.restype = ctypes.c_ssize_t
    read.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_longlong)

    def pread(descriptor, length, offset):
        data = new_string(None, length)  # nobody else has it yet: it may be written to
        while True:
            got = read(descriptor, data, length, offset)
            if got == length:
                return data
            if got >= 0:
                return data[:got]
            failed(ctypes.get_errno())

    class Vector(ctypes.Structure):
        _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]

    class Header(ctypes.Structure):
        _fields_ = [
            ("name", ctypes.c_void_p),
            ("name_length", ctypes.c_uint),
            ("vectors", ctypes.POINTER(Vector)),
            ("vector_count", ctypes.c_size_t),
            ("control", ctypes.c_void_p),
            ("control_length", ctypes.c_size_t),
            ("flags", ctypes.c_int),
        ]

    def failed(number):
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))

    close_on_exec, cut = 0x40000000, 0x8
    message = struct.Struct("@Lii")  # length with this, level, kind
    word = ctypes.sizeof(ctypes.c_size_t)

    def receive_message(connection):
        byte = ctypes.create_string_buffer(1)
        vector = Vector(ctypes.cast(byte, ctypes.c_char_p), 1)
        room = ctypes.create_string_buffer(message.size + 4 * MOST_FILES)
        while True:
            header = Header(None, 0, ctypes.pointer(vector), 1, ctypes.addressof(room), len(room), 0)
            got = library.recvmsg(connection.fileno(), ctypes.byref(header), close_on_exec)
            if got >= 0:
                break
            failed(ctypes.get_errno())
        descriptors, at = [], 0
        while at + message.size <= header.control_length:
            length, level, kind = message.unpack_from(room.raw, at)
            if length < message.size:
                break
            if (level, kind) == (socket.SOL_SOCKET, 1):  # SCM_RIGHTS
                count = (length - message.size) // 4
                descriptors += struct.unpack_from("=%di" % count, room.raw, at + message.size)
            at += (length + word - 1) // word * word
        return byte.raw[:got], descriptors, not header.flags & cut

    return pread, receive_message



def find_system_calls():
    """Sets pread and receive_message; whether this Python can have them."""
    global pread, receive_message
    if hasattr(os, "pread") and hasattr(socket, "CMSG_SPACE"):
        pread, receive_message = os.pread, receive_message_3
    elif sys.platform.startswith("linux") and receive_message is None:
        try:
            pread, receive_message = system_calls_2()
        except Exception:  # no ctypes, or one that can't work here: reads go through the socket
            return False
    return receive_message is not None


pread = receive_message = None
now = getattr(time, "monotonic", time.time)
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
        memory.warn()
        memory.close()


def _after_fork():
    """A child holds no connection of its parent's open: a guest that the parent paused
    would stand for as long as the child lives."""
    for memory in _memories.values():
        memory._server.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


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
        return self.memory.zread(int(addr), int(length))

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
        """Whether all of data was written: only with --write, and by a server that
        allows it."""
        return bool(self._config.WRITE) and self.memory.write(int(addr), data)

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
