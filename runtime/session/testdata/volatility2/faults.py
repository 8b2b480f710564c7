"""A command that goes wrong as it is told."""
import os
import sys

import volatility.commands as commands
import volatility.debug as debug
from volatility.renderers import TreeGrid


class faults(commands.Command):
    """A command that goes wrong as it is told."""

    def __init__(self, config, *args, **kwargs):
        commands.Command.__init__(self, config, *args, **kwargs)
        config.add_option("MODE", default="", help="what goes wrong", action="store", type="str")
        config.add_option("PID", short_option="p", default=None, help="numbers", action="store", type="str")

    def calculate(self):
        for n in range(3):
            yield n
            if n == 1:
                self.fault(self._config.MODE)

    def fault(self, mode):
        if mode == "raise":
            raise ValueError("half-way")
        if mode == "exit":
            sys.exit(0)
        if mode == "leave":
            os._exit(0)
        if mode == "error":
            debug.error("Volatility's own way\nto stop")

    def unified_output(self, data):
        return TreeGrid([("N", int), ("Name", str)], self.generator(data))

    def generator(self, data):
        for n in data:
            yield 0, [n, "pid=%s" % self._config.PID]
