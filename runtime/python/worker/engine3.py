"""Volatility 3 as a library, without its command line.

An Engine serves one image. It makes warm what commands have in common (prepare), and
then runs each command in a forked child (run), or the only one of a process
(run_cold).
"""
import gc
import importlib
import logging
import os
import sys
import time

from . import cold3, describe3, diagnose3, failure, files3, fitting3, kernel3, memory, names, options3, place3, result, store, symbols3
from . import tables3
from .failure import Failure

log = logging.getLogger(__name__)

# What construct_plugin and the automagic need was the same since then; drop-ins
# are offered from this version on.
LEAST = (2, 27)

# Actions that tell of plugins.
TELLING = {"fitting": fitting3.send, "options": describe3.send, "tables": tables3.send}


class Engine(object):
    """Volatility, imported and set up; nothing of it belongs to one command."""

    def __init__(self, request, control):
        self.request = request
        self.version = import_volatility()
        self._configure()
        self.support = import_dropins(request["dropins"])
        # Modules of the worker that are made of Volatility's classes.
        from . import imports3, parsed3, reads3, sorted3, swift3, types3

        self._store = store.of(request)
        parsed3.install(self._store)
        sorted3.install()
        types3.install()
        for name in swift3.install() + ([] if reads3.install() else ["reading"]):
            log.info("%s stays as Volatility has it", name)
        self._plugins = imports3.Plugins(request["plugins"])
        memory.connect(request)
        self._warmer = None
        self._stays = False
        self._untidy = True
        self._next = None
        self.fitting = None

    @property
    def where(self):
        return "Volatility 3 (%s)" % self.version

    @property
    def plugins(self):
        """All plugins by their exact names."""
        return self._plugins.all

    def _configure(self):
        import volatility3.plugins
        import volatility3.symbols
        from volatility3.framework import constants

        request = self.request
        volatility3.plugins.__path__ = request["plugins"] + constants.PLUGINS_PATH
        volatility3.symbols.__path__ = request["symbols"] + constants.SYMBOL_BASEPATHS
        place3.use(request["cache"])
        constants.OFFLINE = True
        constants.PARALLELISM = constants.Parallelism.Off

    # In the process that stays.

    def prepare(self, request, control):
        """Makes warm what the command needs, before the fork. Returns why it can't be
        forked, or None. Raises a Failure where it can't run at all."""
        request = dict(self.request, **request)
        self._stays = True
        self._next = None
        if request["action"] == "fitting":
            return self._look(request, control)
        if request["action"] in TELLING:
            self.plugins
            return None
        self._next = command = self._command(request, control)
        if command.name in cold3.UNFORKABLE:
            return cold3.UNFORKABLE[command.name]
        return self._warm_up(command, request, control)

    def _warm_up(self, command, request, control):
        """Has the command's Warm; why that can't be had here, or None."""
        from . import warmer3

        try:
            made = self.warmer.made
            command.warm = self.warmer.of(command, request, control)
        except warmer3.LookWhileItStands:
            return "there is no kernel that can be found while the guest runs"
        if self.warmer.made > made:
            gc.freeze()  # the child's collector need not look at it
            self._untidy = True
        return None

    def _look(self, request, control):
        """Finds out which plugins fit; why that can't be done here, or None."""
        return fitting3.look(
            self, request, lambda name: self._warm_up(Command(name, self.plugins[name], {}, None), request, control)
        )

    @property
    def warmer(self):
        if self._warmer is None:
            from . import warmer3

            self._warmer = warmer3.Warmer(self.request, self.version, self._store, self._stays)
        return self._warmer

    def learn(self, lesson):
        """Notes what a child had to find out."""
        self.warmer.learn(lesson)

    def idle(self):
        """Does some of what was put off; whether there is more."""
        if self._plugins.import_more() or self.warmer.learn_more():
            self._untidy = True
            return True
        if self._untidy:
            tidy()
            self._untidy = False
        return False

    # In a process of its own.

    def run(self, request, control, frames):
        """Runs the command that was prepared, in a child; returns the end record."""
        request = dict(self.request, **request)
        if request["action"] in TELLING:
            return self._tell(request, control)
        command = self._next
        command.warm.inherit()
        return self._perform(command, command.warm, request, control, frames)

    def lesson(self):
        """What this child found out that is true for all."""
        return self._next.warm.lesson() if self._next else {}

    def run_cold(self, request, control, frames):
        """Runs a command in this process, and leaves it as it is then."""
        request = dict(self.request, **request)
        if request["action"] == "fitting":
            self._look(request, control)
        if request["action"] in TELLING:
            return self._tell(request, control)
        command = self._command(request, control)
        if command.name in cold3.UNFORKABLE:
            self.plugins
        return self._perform(command, self.warmer.of(command, request, control), request, control, frames)

    def _tell(self, request, control):
        TELLING[request["action"]](self, request, control)
        return {"rows": 0}

    def _command(self, request, control):
        from volatility3.framework.configuration import requirements

        message = None
        if request["action"] != "table" or request["message"]:
            message = result.message_of(self.support, request)
        name, plugin = self._find(request["plugin"], message)
        return Command(name, plugin, options3.parse(plugin, name, request["args"], requirements), message)

    def _find(self, asked, message):
        """The plugin of a command: (exact name, class)."""
        name, plugin = self._plugins.first([asked] if asked else self.support.finding.exact_names(message))
        if plugin is None:
            if self.support is not None:
                name = names.find(asked, message, self.plugins, self.support, self.where)
            elif asked in self.plugins:
                name = asked
            else:
                raise names.missing(asked, self.plugins, str.lower, self.where)
            plugin = self.plugins[name]
        return name, plugin

    def _perform(self, command, warm, request, control, frames):
        with files3.Files(request, control) as files:
            context, path = warm.give(command.plugin, command.values)
            unsatisfied = command.plugin.unsatisfied(context, path)
            if unsatisfied:
                raise diagnose3.unsatisfied(unsatisfied, command.name, request, control.progress)
            warm.stand_still(request)
            plugin = construct(command.plugin, context, path, files, control)
            start = time.time()
            if request["action"] == "table" and not command.message:
                report = write_table(plugin, command.name, frames, files)
            else:
                report = write(self.support, command.message, plugin, command.name, frames, files, request["strict"])
            seconds = time.time() - start
        ignored = files3.ignored(command.message, command.values)
        if ignored:
            control.warn(ignored)
        warm.check()
        if not report.rows:
            kernel3.check(context, command.name)
        return dict(result.end_record(report, command.name, self.version), seconds=seconds)


def tidy():
    """Frees what is not needed, and hides the rest from the collector, which would
    write to each of its pages in each child."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Command(object):
    """What is to run."""

    def __init__(self, name, plugin, values, message):
        self.name, self.plugin, self.values, self.message = name, plugin, values, message
        self.warm = None


def construct(plugin, context, path, files, control):
    from volatility3.framework import interfaces

    constructed = plugin(context, path, progress_callback=control.progress)
    constructed.set_open_method(files.handler(interfaces.plugins.FileHandlerInterface))
    return constructed


def run(request, control, frames):
    """Runs the only command of a process; returns the end record."""
    return Engine(request, control).run_cold(request, control, frames)


def write(support, message, plugin, name, frames, files, strict):
    report = support.Report()
    try:
        grid = plugin.run()
        files.follow(grid, report)
        return support.write_rows(message, plugin, grid, frames.write, strict, report)
    except support.Refused as refusal:
        raise Failure(refusal.code, refusal.message, refusal.hint)
    except (Exception, SystemExit) as error:
        raise diagnose3.plugin_failed(error, name)


def write_table(plugin, name, frames, files):
    from . import table3

    report = table3.Report()
    try:
        grid = plugin.run()
        files.follow(grid, report)
        return table3.write_rows(grid, frames.write, report)
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


def import_volatility():
    """Imports the framework; returns its version."""
    try:
        constants = import_constants()
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


def import_constants():
    """Imports what makes a cache folder of Volatility's own, in the user's. It is not
    used here: where it can't be made, one that is there will do, which is the package."""
    try:
        from volatility3.framework import constants
    except OSError:
        import volatility3

        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = os.path.dirname(list(volatility3.__path__)[0])
        try:
            from volatility3.framework import constants
        finally:
            del os.environ["XDG_CACHE_HOME"]
            if before is not None:
                os.environ["XDG_CACHE_HOME"] = before
    return constants


def unwritable_cache(error):
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
