"""The types of Windows kernels that Volatility 2 comes with, imported when a profile
asks for them.

They are 39 modules, each a dictionary, which take half of the time and memory of
Volatility's start; and a large process takes longer to fork. A profile uses one of them.
"""
import contextlib
import os
import re
import sys
import types

PACKAGE = "volatility.plugins.overlays.windows."
SUFFIX = "_vtypes"

# How a module begins that is nothing but a table of types, and how none of its other
# lines begins.
TABLE = re.compile(r"nt\w+_types = \{\n")
CODE = re.compile(r"\n[A-Za-z_@]")


@contextlib.contextmanager
def put_off():
    """Has such modules import what they hold when it is asked for."""
    importer = Importer()
    sys.meta_path.append(importer)
    try:
        yield
    finally:
        sys.meta_path.remove(importer)


class Importer(object):
    """Finds modules that are tables."""

    def find_module(self, name, path=None):
        if not name.startswith(PACKAGE) or not name.endswith(SUFFIX):
            return None
        source = source_of(name, path)
        if source is None:
            return None
        with open(source) as file:
            text = file.read()
        return Loader(source) if TABLE.match(text) and not CODE.search(text) else None


class Loader(object):
    def __init__(self, source):
        self._source = source

    def load_module(self, name):
        if name not in sys.modules:
            module = sys.modules[name] = Table(name)
            module.__file__ = self._source
            module.__package__ = name.rpartition(".")[0]
        return sys.modules[name]


class Table(types.ModuleType):
    """A module that is there in name."""

    def __getattr__(self, name):
        if not name.startswith("__"):
            self._fill()
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError("%s has no %s" % (self.__name__, name))

    def __dir__(self):
        self._fill()
        return sorted(self.__dict__)

    def _fill(self):
        """Imports what the module holds, the first time."""
        if "__table__" in self.__dict__:
            return
        self.__table__ = True
        name = self.__name__
        del sys.modules[name]
        try:
            self.__dict__.update(vars(__import__(name, fromlist=["*"])))
        finally:
            sys.modules[name] = self


def source_of(name, path):
    """The source of a module of a package, whose folders path has; None where there is
    none."""
    for folder in path or []:
        source = os.path.join(folder, name.rpartition(".")[2] + ".py")
        if os.path.isfile(source):
            return source
    return None
