"""The methods of Volatility's objects, by their names: what an object is does not show
in a source that uses it."""
import inspect
import sys


class Methods(object):
    """The methods that objects of a system have, by their names."""

    def __init__(self, library, system):
        self._library, self._found, self._functions = library, {}, {}
        prefix = "volatility3.framework.symbols." + system
        for name, module in sorted(sys.modules.items()):
            if system and module and (name == prefix or name.startswith(prefix + ".")):
                self._take(module)

    def _take(self, module):
        for owner in list(vars(module).values()):
            if inspect.isclass(owner) and owner.__module__ == module.__name__:
                for name, value in vars(owner).items():
                    if inspect.isfunction(value) and not name.startswith("__"):
                        self._found.setdefault(name, []).append((value, owner))

    def named(self, name):
        if name not in self._functions:
            found = [self._library.function(value, owner) for value, owner in self._found.get(name, ())]
            self._functions[name] = [each for each in found if each]
        return self._functions[name]
