"""Memory that a socket serves, in place of a file.

Volatility reads it through a drop-in (see memaccess/python). What plugins and
Volatility make of a server that goes away differs, and may look like memory that
is not there: so the connection itself is asked at the end.
"""
import sys

from .failure import Failure

_connections = []


def connect(request):
    """Connects to the socket, if the image is one, after the drop-ins were imported."""
    if not request.get("memory"):
        return
    client = next(sys.modules[name] for name in request["dropins"] if name.endswith("." + request["memory"]))
    try:
        memory = client.connect(request["image"])
        _connections.append(memory)
        memory.end  # the first thing that is asked
    except client.ServerError as error:
        del _connections[:]
        raise Failure(
            "unreadable-image",
            str(error),
            "is the emulator, or what else serves memory there, running, and does it let you connect?",
        )


def check():
    """Raises a Failure where the server went away: what plugins found is not all."""
    for memory in _connections:
        if memory.broken is not None:
            raise Failure(
                "plugin-failed",
                str(memory.broken),
                "the rows are not all there are: is the guest still running? Run the command again",
            )
