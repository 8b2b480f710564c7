"""Makes a worker out of a fresh interpreter, without a file on disk.

The program that starts the worker passes this source first; it runs with
`stdin` bound to the binary standard input, reads the bundle that follows
(a line with its length, then that much JSON) and imports the worker from it:

    {"worker":  {"main.py": source, ...},      imported as the package volint_worker
     "dropins": {"volrender_support.py": ...}, imported as plugins of Volatility; what
                is no module is data beside them
     "boot":    source,                        this file, where commands will come
     "request": {...}}                         see main.main

Standard input stays open after the bundle: its end is how the worker learns
that the program is gone (see lifeline.py).

Works under Python 2.7 and 3.
"""
import json
import sys
import types

PACKAGE = "volint_worker"


class Importer(object):
    """Imports modules from memory: a finder and loader for both Pythons.

    sources maps a full module name to (source, origin, whether it is a package), data
    the path of a file beside modules to its text.
    """

    def __init__(self, sources, data=None):
        self.sources, self.data = sources, data or {}

    def find_spec(self, name, path=None, target=None):
        if name not in self.sources:
            return None
        from importlib.machinery import ModuleSpec

        _source, origin, package = self.sources[name]
        return ModuleSpec(name, self, origin=origin, is_package=package)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        self._execute(module)

    def find_module(self, name, path=None):
        """Python 2's way of finding, as load_module is of loading."""
        return self if name in self.sources else None

    def load_module(self, name):
        if name in sys.modules:
            return sys.modules[name]
        module = sys.modules[name] = types.ModuleType(str(name))
        try:
            self._execute(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module

    def _execute(self, module):
        name = module.__name__
        source, origin, package = self.sources[name]
        module.__file__ = origin
        module.__loader__ = self
        if package:
            module.__path__ = []
            module.__package__ = str(name)
        else:
            module.__package__ = str(name.rpartition(".")[0])
        exec(compile(native(source), origin, "exec"), module.__dict__)

    def get_source(self, name):
        """Lets tracebacks show the lines."""
        return native(self.sources[name][0])

    def get_data(self, path):
        """The bytes of a file beside the modules, as modules ask for it."""
        try:
            return self.data[path].encode("utf-8")
        except KeyError:
            raise IOError("there is no %s" % path)

    def is_package(self, name):
        return name in self.sources and self.sources[name][2]


def native(source):
    """Source as compile wants it: Python 2 refuses unicode with a coding line."""
    if sys.version_info[0] == 2 and not isinstance(source, str):
        return source.encode("utf-8")
    return source


def install(bundle):
    """Makes the worker and the drop-ins importable; returns the drop-ins' names.

    The drop-ins are plugins of the Volatility that runs, which is where they look
    for each other; they are found before files of the same name in a folder of
    plugins, so that rows fit the caller's decoders.
    """
    sources = {PACKAGE: ("", "volint/worker/__init__.py", True)}
    for name, source in bundle["worker"].items():
        sources[PACKAGE + "." + name[:-3]] = (source, "volint/worker/" + name, False)
    parent = "volatility3.plugins." if bundle["request"]["version"] == 3 else "volatility.plugins."
    dropins, data = [], {}
    for name, source in sorted(bundle["dropins"].items()):
        if name.endswith(".py"):
            dropins.append(parent + name[:-3])
            sources[dropins[-1]] = (source, "volint/dropins/" + name, False)
        else:
            data["volint/dropins/" + name] = source
    memory = bundle["request"].get("memory")
    if memory and parent == "volatility.plugins.":
        # Where people link it to. Two classes of one name would stop Volatility 2.
        source = "from volatility.plugins.%s import *\n" % memory
        sources["volatility.plugins.addrspaces." + memory] = (source, "volint/dropins/addrspaces.py", False)
    sys.meta_path.insert(0, Importer(sources, data))
    return dropins


def start(bundle):
    """Does what the bundle's request says; does not return."""
    sys.argv[:] = ["volint"]
    bundle["request"]["dropins"] = install(bundle)
    __import__(PACKAGE + ".main")
    sys.modules[PACKAGE + ".main"].main(bundle)


if __name__ == "__main__":
    stdin = globals()["stdin"]
    start(json.loads(stdin.read(int(stdin.readline())).decode("utf-8")))
