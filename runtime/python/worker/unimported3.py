"""Plugins that can't be imported, mostly since a package is missing that they use.

Their columns do not depend on it: something that has every attribute stands in for the
package, and they are imported once more. That is for a process that runs no plugin
afterwards.
"""
import ast
import contextlib
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
            with stand_ins():
                for name in imports3.names_of_modules():
                    if name not in sys.modules:
                        self._import(name)
            now = framework.list_plugins()
            self._found = dict((name, now[name]) for name in now if name not in before)
        return self._found

    def _import(self, name):
        try:
            importlib.import_module(name)
        except Exception as error:
            self._hopeless[name] = "it can't be imported: " + failure.describe(error)

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


@contextlib.contextmanager
def stand_ins():
    """While it lasts, packages that are not there can be imported."""
    finder = Finder()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what no other finder has. What belongs to Volatility does not exist then:
    code asks for one module and tries another. So does what is preferred to what is
    there."""

    def find_spec(self, name, _path=None, _target=None):
        top = name.partition(".")[0]
        if top in ("volatility3", "yara_x") or top in sys.builtin_module_names:
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
