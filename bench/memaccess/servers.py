"""Starts servers, and ends them."""

import contextlib
import pathlib
import socket
import subprocess
import sys
import tempfile
import time


@contextlib.contextmanager
def serving(commands):
    """Runs servers, {name: command line with SOCKET in it}, and gives {name: socket}."""
    with tempfile.TemporaryDirectory(prefix="b") as folder, contextlib.ExitStack() as stack:
        sockets = {}
        for name, command in commands.items():
            path = pathlib.Path(folder) / str(len(sockets))
            server = stack.enter_context(subprocess.Popen(
                [str(path) if part == "SOCKET" else str(part) for part in command], stdin=subprocess.DEVNULL))
            stack.callback(server.kill)
            wait(server, path, name)
            sockets[name] = path
        yield sockets


def wait(server, path, name, patience=30):
    """Waits until a server answers."""
    end = time.monotonic() + patience
    while time.monotonic() < end and server.poll() is None:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(path))
                return
            except OSError:
                time.sleep(0.02)
    sys.exit(f"error: {name} does not serve\nhint: see its words above")
