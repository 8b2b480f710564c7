"""Plugins that can't be imported, mostly since a package is missing that they use.

Their columns do not depend on it: something that has every attribute stands in for the
package, and they are imported once more. That is for a process that runs no plugin
afterwards.
"""
import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types

from . import failure, imports3


class Missing(object):
    def __init__(self):
        self._found, self._hopeless = None, {}

    def imported(self):
        """The plugins that can be imported with stand-ins only, by their exact names."""
        from volatility3 import framework

        if self._found is None:
            before = set(framework.list_plugins())
            with StandIns() as stand_ins:
                for name in imports3.names_of_modules():
                    if name not in sys.modules:
                        self._import(name, stand_ins)
            now = framework.list_plugins()
            self._found = dict((name, now[name]) for name in now if name not in before)
        return self._found

    def _import(self, name, stand_ins):
        while True:
            try:
                importlib.import_module(name)
                return
            except Exception as error:
                if not stand_ins.add(error):
                    self._hopeless[name] = "it can't be imported: " + failure.describe(error)
                    return

    def hopeless(self):
        """The plugins that can't be imported at all, and why. Which there are in a file
        is told by its source."""
        for module, reason in self._hopeless.items():
            for plugin in classes_in(module) or [""]:
                yield ".".join(filter(None, [module[len(imports3.PACKAGE) :], plugin])), reason


def classes_in(module):
    """The names of the classes in a module's source that look like plugins."""
    try:
        spec = importlib.util.find_spec(module)
        tree = ast.parse(spec.loader.get_source(module))
    except Exception:  # no source that Python could read
        return []
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any("PluginInterface" in ast.dump(base) for base in node.bases)
    ]


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """While it is entered, finds packages that were found to be missing, and no others:
    packages that are there may try for some that they can do without."""

    def __init__(self):
        self._packages = set()

    def __enter__(self):
        sys.meta_path.append(self)
        return self

    def __exit__(self, *_error):
        sys.meta_path.remove(self)

    def add(self, error):
        """Adds the package that an import failed for; whether there is a new one. What
        belongs to Volatility is not stood in for: code asks for one of its modules and
        then tries another."""
        package = (getattr(error, "name", None) or "").partition(".")[0]
        if not isinstance(error, ImportError) or package in self._packages | {"", "volatility3"}:
            return False
        self._packages.add(package)
        return True

    def find_spec(self, name, _path=None, _target=None):
        if name.partition(".")[0] not in self._packages:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, _module):
        pass


class StandIn(types.ModuleType):
    """A module that has every class."""

    __version__ = "999.0.0"
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made
