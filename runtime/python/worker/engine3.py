"""Volatility 3 as a library, without its command line."""
import importlib
import logging
import os
import sys

from . import describe3, diagnose3, failure, files3, kernel3, memory, names, options3, result, symbols3
from .failure import Failure

log = logging.getLogger(__name__)

# What construct_plugin and the automagic need was the same since then; drop-ins
# are offered from this version on.
LEAST = (2, 27)


class Engine(object):
    """Volatility, imported and set up; nothing of it belongs to one command."""

    def __init__(self, request, control):
        self.control = control
        self.request = request
        self.version = import_volatility()
        self._configure()
        self.support = import_dropins(request["dropins"])
        memory.connect(request)
        self.plugins = self._import_plugins()

    @property
    def where(self):
        return "Volatility 3 (%s)" % self.version

    def _configure(self):
        import volatility3.plugins
        import volatility3.symbols
        from volatility3.framework import constants

        request = self.request
        volatility3.plugins.__path__ = request["plugins"] + constants.PLUGINS_PATH
        volatility3.symbols.__path__ = request["symbols"] + constants.SYMBOL_BASEPATHS
        constants.CACHE_PATH = request["cache"]
        os.makedirs(request["cache"], mode=0o700, exist_ok=True)
        constants.OFFLINE = True
        constants.PARALLELISM = constants.Parallelism.Off

    def _import_plugins(self):
        """Imports all plugins. One that can't be costs itself, whatever it raises:
        Volatility's own loop forgives ImportError only."""
        import volatility3.plugins
        from volatility3 import framework

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

    def construct(self, name, args, files):
        """The plugin, ready to run.

        A guest that is to stand is stopped last: finding the kernel and reading its
        symbols takes longer than most plugins do, and what is found stays where it is
        while the guest runs. Where nothing is found, the guest may have been the
        reason, and is looked at again while it stands.
        """
        from volatility3.framework import exceptions

        try:
            if self.request.get("pause"):
                try:
                    plugin = self.search(name, args, files)
                    memory.stop_guest(self.request, plugin.context)
                    return plugin
                except exceptions.VolatilityException as error:
                    log.info("looking again while the guest stands: %s", failure.describe(error))
                    memory.stop_guest(self.request)
            return self.search(name, args, files)
        except exceptions.UnsatisfiedException as error:
            raise diagnose3.unsatisfied(error.unsatisfied, name, self.request, self.control.progress)

    def search(self, name, args, files):
        """The plugin in a new context, with layers and symbols found."""
        from volatility3.framework import automagic, contexts, interfaces, plugins
        from volatility3.framework.automagic import stacker
        from volatility3.framework.configuration import requirements

        plugin = self.plugins[name]
        context = contexts.Context()
        values = options3.parse(plugin, name, args, requirements)
        base = interfaces.configuration.path_join("plugins", plugin.__name__)
        for key, value in values.items():
            context.config[interfaces.configuration.path_join(base, key)] = value
        if self.request["image"]:
            context.config["automagic.LayerStacker.single_location"] = symbols3.location(self.request["image"])
        # Makes the stackers known, too, that choose_os_stackers picks from.
        chosen = automagic.choose_automagic(automagic.available(context), plugin)
        context.config["automagic.LayerStacker.stackers"] = stacker.choose_os_stackers(plugin)
        symbols3.update_index(self.control.progress)
        handler = files.handler(interfaces.plugins.FileHandlerInterface)
        return plugins.construct_plugin(context, chosen, plugin, "plugins", self.control.progress, handler)


def run(request, control, frames):
    """Runs one command; returns the end record."""
    engine = Engine(request, control)
    message = result.message_of(engine.support, request)
    name = names.find(request["plugin"], message, engine.plugins, engine.support.finding, engine.where)
    with files3.Files(request, control) as files:
        plugin = engine.construct(name, request["args"], files)
        report = write(engine.support, message, plugin, name, frames, request["strict"])
    if not report.rows:
        kernel3.check(plugin.context, name)
    return result.end_record(report, name, engine.version)


def write(support, message, plugin, name, frames, strict):
    try:
        return support.write_rows(message, plugin, plugin.run(), frames.write, strict=strict)
    except support.Refused as refusal:
        raise Failure(refusal.code, refusal.message, refusal.hint)
    except (Exception, SystemExit) as error:
        raise diagnose3.plugin_failed(error, name)


def inspect(request, control):
    """What there is: symbol files, and what of them fits the image."""
    engine = Engine(request, control)
    symbols3.update_index(control.progress)
    known = symbols3.known_banners()
    found = diagnose3.banners(request["image"], control.progress) if request["image"] else []
    return {
        "volatility": engine.version,
        "symbols": sorted(set(known.values())),
        "banners": found,
        "matches": sorted(set(known[banner] for banner in found if banner in known)),
    }


def options(request, control):
    """Which options plugins take."""
    describe3.send(Engine(request, control), request, control)


def import_volatility():
    """Imports the framework; returns its version."""
    try:
        from volatility3.framework import constants
    except Exception as error:
        if isinstance(error, OSError):
            raise unwritable_cache(error)
        raise Failure(
            "no-volatility",
            "%s has no Volatility 3: %s" % (sys.executable, failure.describe(error)),
            "install it with `%s -m pip install volatility3`, or give a Python that has it "
            "with --python or VOLINT_PYTHON" % sys.executable,
            failure.current_traceback(),
        )
    if (constants.VERSION_MAJOR, constants.VERSION_MINOR) < LEAST:
        raise Failure(
            "no-volatility",
            "Volatility %s is too old: 2.27.0 is the oldest that works" % constants.PACKAGE_VERSION,
            "upgrade it with `%s -m pip install --upgrade volatility3`" % sys.executable,
        )
    return constants.PACKAGE_VERSION


def unwritable_cache(error):
    """Volatility makes a cache folder of its own while it is imported."""
    return Failure(
        "no-volatility",
        "Volatility 3 can't make its cache folder: " + failure.describe(error),
        "set XDG_CACHE_HOME to a folder that can be written",
        failure.current_traceback(),
    )


def import_dropins(modules):
    """Imports the generated modules; returns the support module, or None without
    any."""
    import volatility3.plugins  # noqa: F401 - the package that they belong to

    for name in modules:
        importlib.import_module(name)
    return sys.modules.get("volatility3.plugins.volrender_support")
