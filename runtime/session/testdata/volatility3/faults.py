"""A plugin that goes wrong as it is told."""
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time

from volatility3.framework import interfaces, renderers
from volatility3.framework.configuration import requirements


class Faults(interfaces.plugins.PluginInterface):
    """A plugin that goes wrong as it is told."""

    _required_framework_version = (2, 0, 0)
    _version = (1, 0, 0)

    @classmethod
    def get_requirements(cls):
        return [
            requirements.StringRequirement(name="mode", description="what goes wrong", default="", optional=True),
            requirements.IntRequirement(name="rows", description="how many rows", default=3, optional=True),
            requirements.ListRequirement(name="pid", description="numbers", element_type=int, optional=True),
            requirements.ListRequirement(name="text", description="words", element_type=str, optional=True),
            requirements.ChoiceRequirement(["a", "b"], name="choice", description="one of two", default="a", optional=True),
            requirements.URIRequirement(name="file", description="a file", optional=True),
            requirements.BooleanRequirement(name="flag", description="yes or no", default=False, optional=True),
        ]

    def run(self):
        if self.config["mode"] == "raise early":
            raise ValueError("early")
        return renderers.TreeGrid([("N", int), ("Name", str)], self._generator())

    def _generator(self):
        mode, rows = self.config["mode"], self.config["rows"]
        if mode == "options":
            for name in ("pid", "text", "choice", "file", "flag"):
                yield 0, (0, "%s=%r" % (name, self.config.get(name)))
            return
        if mode in ("process", "stubborn"):
            yield 0, (os.getpid(), "worker")
        if mode == "above":
            yield 0, (os.getppid(), "what started the worker")
        if mode == "stubborn":
            for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(each, signal.SIG_IGN)
        if mode == "fork":
            child = os.fork()
            if child == 0:
                time.sleep(3600)
                os._exit(0)
            yield 0, (child, "child")
        if mode in ("child", "parent"):
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
            yield 0, (child.pid, "child")
        for n in range(rows):
            if mode == "position" and n % 100 == 0:
                self._position(n)
            yield 0, (n, "row")
            if n == rows // 2:
                self._fault(mode)
        if mode == "kill late":
            os.kill(os.getpid(), signal.SIGKILL)
        if mode == "position":
            self._position(rows)

    def _position(self, n):
        """Writes to a file how far it is, and the most memory that the process had."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with open(self.config["text"][0] + ".new", "w") as file:
            file.write("%d %d" % (n, peak))
        os.rename(self.config["text"][0] + ".new", self.config["text"][0])

    def _fault(self, mode):
        if mode == "raise":
            raise ValueError("half-way")
        if mode == "exit":
            sys.exit(0)
        if mode == "leave":
            os._exit(0)
        if mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if mode == "print":
            os.write(1, b"\xff\x00 garbage on standard output\n" * 100)
            print("printed")
            sys.stderr.write("complained\n")
        if mode in ("sleep", "process", "parent", "stubborn"):
            time.sleep(3600)
        if mode == "recurse":
            self._fault(mode)
        if mode in ("crash", "abort"):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if mode == "crash":
            ctypes.string_at(0)
        if mode == "abort":
            os.abort()
        if mode == "close":
            os.closerange(0, 1000)
        if mode == "memory":
            self._eat()
        if mode == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if mode == "interrupt":
            raise KeyboardInterrupt()
        if mode == "kill above":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(3600)
        if mode == "threads":
            for _ in range(10):
                threading.Thread(target=time.sleep, args=(3600,)).start()
        if mode == "frames":
            os.write(3, b"\x10\x00\x00\x00cut")
        if mode == "frame":
            os.write(3, b"\x00\x00\x00\x00")
        if mode == "file":
            with self.open("dumped.bin") as handle:
                handle.write(b"x" * 1000)
        if mode == "files":
            for name in ("../../escape", "/etc/passwd", "-rf", ".hidden", "a\nb\x1b[31m", "same", "same", "x" * 999, ""):
                with self.open(name) as handle:
                    handle.write(name.encode())
        if mode in ("file, raise", "file, kill"):
            self.open("whole").close()
            handle = self.open("half")
            handle.write(b"x" * 1000)
            handle.flush()
            self._fault(mode.partition(", ")[2])
        if mode == "file, full":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
            try:
                with self.open("large") as handle:
                    for _ in range(64):
                        handle.write(b"x" * (1 << 16))
            except OSError:
                pass  # as some plugins do

    def _eat(self):
        """Takes memory to the last byte, and keeps it."""
        self.eaten = []
        try:
            while len(self.eaten) < 1024:
                self.eaten.append(bytearray(1 << 20))
        except MemoryError:
            while True:
                self.eaten.append(bytearray(100))
        raise ValueError("1024 MB were there to take")
