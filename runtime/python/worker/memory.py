"""Memory that a socket serves, in place of a file.

Volatility reads it through a drop-in (see memaccess/python). What plugins and
Volatility make of a server that goes away, or of a guest that starts anew, differs,
and may look like memory that is not there: so the connection itself is asked at
the end.
"""
import logging
import sys

from .failure import Failure

log = logging.getLogger(__name__)

_connections = []
_stopped = []


def connect(request):
    """Connects to the socket, if the image is one, after the drop-ins were imported."""
    if not request.get("memory"):
        return
    client = next(sys.modules[name] for name in request["dropins"] if name.endswith("." + request["memory"]))
    try:
        memory = client.connect(request["image"])
        _connections.append(memory)
        runs = memory.runs  # the first thing that is asked
    except client.ServerError as error:
        del _connections[:]
        hint = "is the emulator, or what else serves memory there, running, and does it let you connect?"
        if isinstance(error, client.Monitor):
            hint = "give the guest of that emulator, by this socket: qemu:" + request["image"]
        raise Failure("unreadable-image", named(str(error), request), hint)
    if request.get("private"):
        return  # whoever serves it there has told what it is
    size = sum(length for _start, length in runs)
    log.info(
        "%s: %d run%s of memory, %d KiB%s",
        request.get("name") or request["image"],
        len(runs),
        "" if len(runs) == 1 else "s",
        size >> 10,
        ", of a guest that may be running" if memory.live else "",
    )


def named(text, request):
    """Text with the image called what the user calls it: a socket of volint's own
    says nothing to anybody."""
    return text.replace(request["image"], request.get("name") or request["image"])


def stop_guest(request, context=None):
    """Stops the guest, if that is wanted: as late as may be, for it stands until the
    command ends. What was read before is forgotten, by a context's layers too."""
    if not request.get("pause"):
        return
    for memory in _connections:
        try:
            stands = memory in _stopped or memory.pause(request.get("hold", 0))
        except EnvironmentError as error:
            raise Failure("cannot-pause", "the guest could not be stopped: " + named(str(error), request), "")
        if not stands:
            raise Failure(
                "cannot-pause",
                "%s can't be stopped" % (request.get("name") or request["image"]),
                "its server must let clients stop the guest (volint serve --allow-pause), or run without --pause",
            )
        if memory not in _stopped:
            _stopped.append(memory)
        memory.forget()
        if context is not None:
            sys.modules[type(memory).__module__].fresh(context)


def finish(request):
    """Lets the guest go on. Raises a Failure where the server went away, or the guest
    became another, or did not stand to the end: what plugins found is not all, or not
    of one guest, or of one moment."""
    for memory in _connections:
        stood = True
        try:
            if memory in _stopped and memory.broken is None:
                stood = memory.resume()
            trouble = memory.trouble() if memory.live and memory.broken is None else ""
        except EnvironmentError:  # which memory.broken is then
            trouble = ""
        if trouble:
            raise Failure(
                "guest-changed",
                "%s while its memory was read" % trouble,
                "the rows may be of two guests: run the command again",
            )
        if memory.broken is not None:
            raise Failure(
                "plugin-failed",
                named(str(memory.broken), request),
                "the rows are not all there are: is the guest still running? Run the command again",
            )
        if not stood:
            raise Failure(
                "pause-ended",
                "the guest went on before the command was done",
                "the rows may be of several moments: let the guest stand for longer with --max-hold, "
                "as far as its server allows it",
            )


def connect_child():
    """Makes a forked child's own connection before its command: what happens to the
    guest from then on is told at the end."""
    for memory in _connections:
        try:
            if memory.live:
                memory.trouble()
        except EnvironmentError:  # which memory.broken is then, for finish to tell
            pass


def live():
    """Whether the memory may be that of a guest that runs. A server that tells nothing
    of itself is an emulator's."""
    return any(memory.live or memory.hello.runs is None for memory in _connections)


def fresh(context):
    """Makes the next reads by a context's layers see the guest as it is."""
    for memory in _connections:
        sys.modules[type(memory).__module__].fresh(context)


def start_again(request):
    """Connects anew, where the guest became another or the server went away; whether
    it did. Raises a Failure where nobody serves the memory any more."""
    if not request.get("memory"):
        return False
    for memory in list(_connections):
        try:
            if memory.broken is None and not memory.trouble():
                return False
        except EnvironmentError:  # which memory.broken is then
            pass
        _connections.remove(memory)
        client = sys.modules[type(memory).__module__]
        memory.close()
        client._memories.pop(memory.path, None)
    # There is none, too, where nobody served the memory when it was tried last.
    connect(request)
    return True
