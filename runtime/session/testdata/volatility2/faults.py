"""A command that goes wrong as it is told."""
import ctypes
import os
import resource
import signal
import sys
import time

import volatility.commands as commands
import volatility.debug as debug
from volatility.renderers import TreeGrid


class faults(commands.Command):
    """A command that goes wrong as it is told."""

    def __init__(self, config, *args, **kwargs):
        commands.Command.__init__(self, config, *args, **kwargs)
        config.add_option("MODE", default="", help="what goes wrong", action="store", type="str")
        config.add_option("ROWS", default=3, help="how many rows", action="store", type="int")
        config.add_option("PID", short_option="p", default=None, help="numbers", action="store", type="str")

    def calculate(self):
        mode, rows = self._config.MODE, self._config.ROWS
        if mode in ("process", "stubborn"):
            yield os.getpid()
        if mode == "above":
            yield os.getppid()
        if mode == "stubborn":
            for each in range(1, 32):
                if each not in (signal.SIGKILL, signal.SIGSTOP):
                    signal.signal(each, signal.SIG_IGN)
        if mode == "fork":
            child = os.fork()
            if child == 0:
                time.sleep(3600)
                os._exit(0)
            yield child
        for n in xrange(rows):  # noqa: F821 - Python 2
            yield n
            if n == rows // 2:
                self.fault(mode)
        if mode == "kill late":
            os.kill(os.getpid(), signal.SIGKILL)

    def fault(self, mode):
        if mode == "raise":
            raise ValueError("half-way")
        if mode == "exit":
            sys.exit(0)
        if mode == "leave":
            os._exit(0)
        if mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if mode in ("sleep", "process", "stubborn"):
            time.sleep(3600)
        if mode == "recurse":
            self.fault(mode)
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
        if mode == "kill above":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(3600)
        if mode == "error":
            debug.error("Volatility's own way\nto stop")

    def unified_output(self, data):
        return TreeGrid([("N", int), ("Name", str)], self.generator(data))

    def generator(self, data):
        for n in data:
            yield 0, [n, "pid=%s" % self._config.PID]

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
