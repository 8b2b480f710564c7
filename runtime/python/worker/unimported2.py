"""Commands that Volatility 2 could not import for lack of a library, to be looked at:
what they can't import is stood in for. None of them can run, so this is for processes
that run nothing else."""
import imp
import sys
import types

import volatility.commands as commands
import volatility.registry as registry

from . import asked2


def plugins(known):
    """The commands' classes by name: those that are known, and those that lack a
    library."""
    importer = Missing()
    sys.meta_path.append(importer)
    stdout, sys.stdout = sys.stdout, asked2.Nothing()
    try:
        registry.PluginImporter()  # which comes upon what it has as well, and leaves it
        return dict(registry.get_plugin_classes(commands.Command, lower=True), **known)
    finally:
        sys.stdout = stdout
        sys.meta_path.remove(importer)
        for name in importer.made:
            sys.modules.pop(name, None)


class Missing(object):
    """Finds modules that are nowhere."""

    def __init__(self):
        self.made = []

    def find_module(self, name, path=None):
        first = name.partition(".")[0]
        if first in self.made:
            return self
        if first == "volatility" or name != first:
            return None
        try:
            imp.find_module(first)
        except ImportError:
            return self
        return None

    def load_module(self, name):
        module = sys.modules[name] = Module(name)
        module.__path__, module.__loader__ = [], self
        self.made.append(name)
        return module


class Module(types.ModuleType):
    """A module that has what it is asked for."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return asked2.Nothing()
