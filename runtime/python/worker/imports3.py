"""Which of Volatility 3's plugins are imported, and when.

`vol` imports all of them before it does anything. A command needs its own; the rest
is imported when nothing else is to do, or when a name can't be told without it.
"""
import functools
import importlib
import importlib.util
import inspect
import logging
import re
import sys

from volatility3 import framework
from volatility3.framework import automagic, interfaces
import volatility3.plugins

from . import failure

log = logging.getLogger(__name__)

PACKAGE = "volatility3.plugins."
# A plugin that comes with Volatility and can be imported alone. Those of other
# systems, and general ones, have more to do with each other.
ALONE = re.compile(r"(linux(?:\.[a-z_][a-z0-9_]*)+)\.([A-Za-z_][A-Za-z0-9_]*)\Z")
# Packages whose modules plugins use without importing them, since other plugins do.
USED_UNASKED = ("volatility3.framework.constants", "volatility3.framework.symbols.linux")
# What code calls that wants to know what else there is.
ENUMERATING = frozenset(["class_subclasses", "__subclasses__", "import_files", "list_plugins"])


class Plugins(object):
    """The plugins there are. folders are the user's, whose plugins may replace others:
    with them all are imported at once."""

    def __init__(self, folders):
        self._folders = folders
        self._all = None
        self._later = None
        import_once()

    @property
    def all(self):
        """Every plugin by its exact name."""
        if self._all is None:
            self._all = import_all()
        return self._all

    def exact(self, name):
        """The plugin of that exact name, or None where more has to be imported to tell."""
        if self._all is not None:
            return self._all.get(name)
        parts = ALONE.match(name)
        if not parts or self._folders:
            return None
        try:
            module = importlib.import_module(PACKAGE + parts.group(1))
        except Exception:  # import_all tells of it
            return None
        plugin = vars(module).get(parts.group(2))
        if not is_plugin_of(plugin, module) or enumerates(module):
            return None
        # Code uses modules that it does not import: with all plugins, others do.
        for package in USED_UNASKED:
            framework.import_files(importlib.import_module(package), True)
        return plugin

    def first(self, names):
        """The first of these names that there is, and its plugin; both None where more
        has to be imported to tell."""
        for name in names:
            plugin = self.exact(name)
            if plugin is not None:
                return name, plugin
            if not self._lacks(name):
                break
        return None, None

    def _lacks(self, name):
        """Whether there is surely no plugin of that name."""
        if self._all is not None:
            return name not in self._all
        parts = ALONE.match(name)
        if not parts or self._folders:
            return False
        try:
            return importlib.util.find_spec(PACKAGE + parts.group(1)) is None
        except ImportError:  # there is no such package either
            return True

    def import_more(self):
        """Imports one module that is not needed yet; whether there is more."""
        if self._all is not None:
            return False
        if self._later is None:
            self._later = names_of_modules()
        for name in self._later:
            if name not in sys.modules:
                try:
                    importlib.import_module(name)
                except Exception:  # import_all tells of it, once
                    pass
                return True
        self._all = import_all()
        return False


def is_plugin_of(plugin, module):
    return (
        inspect.isclass(plugin)
        and issubclass(plugin, interfaces.plugins.PluginInterface)
        and plugin.__module__ == module.__name__
        and not getattr(plugin, "hidden", False)
    )


def enumerates(module):
    """Whether the module's own code may ask which classes there are."""
    return any(names_of(code) & ENUMERATING for code in codes(module))


def codes(module):
    """The code of a module's functions and methods."""
    for value in list(vars(module).values()):
        if inspect.isclass(value) and value.__module__ == module.__name__:
            for item in vars(value).values():
                item = getattr(item, "__func__", getattr(item, "fget", item))
                if inspect.isfunction(item):
                    yield item.__code__
        elif inspect.isfunction(value) and value.__module__ == module.__name__:
            yield value.__code__


def names_of(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            names |= names_of(constant)
    return names


def names_of_modules():
    """The modules of plugins that come with Volatility, one after the other."""
    import pkgutil

    def failed(name):
        log.debug("%s can't be imported", name)

    for found in pkgutil.walk_packages(volatility3.plugins.__path__, PACKAGE, failed):
        if not found.ispkg:
            yield found.name


def import_all():
    """Imports all plugins. One that can't be costs itself, whatever it raises:
    Volatility's own loop forgives ImportError only."""
    stock = framework.import_file
    failed = []

    def forgiving(module, path, ignore_errors=False):
        try:
            missing = stock(module, path, ignore_errors)
        except Exception as error:
            log.warning("%s can't be imported: %s", path, failure.describe(error))
            missing = [module]
        failed.extend(missing)
        return missing

    framework.import_file = forgiving
    try:
        framework.import_files(volatility3.plugins, True)
    finally:
        framework.import_file = stock
    for name in failed:
        log.info("not imported: %s", name)
    return framework.list_plugins()


def import_once():
    """Lets Volatility look through a folder of modules once. It does each time that it
    builds a layer, and opens every file there."""
    stock = framework.import_files
    if hasattr(stock, "__wrapped__"):
        return
    found = {}

    @functools.wraps(stock)
    def import_files(base_module, ignore_errors=False):
        key = (base_module.__name__, tuple(base_module.__path__))
        if key not in found:
            found[key] = stock(base_module, ignore_errors)
        return list(found[key])

    framework.import_files = automagic.import_files = import_files
