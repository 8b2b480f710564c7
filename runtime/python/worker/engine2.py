"""Volatility 2 as a library, without vol.py.

An Engine serves one image. It makes warm what commands have in common (prepare), and
then runs each command in a forked child (run), or the only one of a process
(run_cold). Volatility has one configuration and one parser of options for a process,
to which each command adds: so commands are made in children only.
"""
import os
import sys
import time
import urllib

from . import cold2, collector, describe2, diagnose2, failure, files2, fitting2, memory, names, options2, result, store
from .failure import Failure


def tables(engine, request, control):
    """Sends the tables of commands."""
    from . import tables_of2  # not sooner: it imports Volatility, see import_volatility

    tables_of2.send(engine, request, control)


# Actions that tell of plugins.
TELLING = {"fitting": fitting2.send, "options": describe2.send, "tables": tables}

CHANGED = ("the guest became another while its memory was read", "the rows may be of two guests: run the command again")


class Engine(object):
    """Volatility, imported and set up."""

    def __init__(self, request, control):
        collector.stop()
        self.request = request
        self.version, self.config = import_volatility()
        import volatility.plugins

        volatility.plugins.__path__.extend(request["plugins"])
        if request["image"]:
            location = "file://" + urllib.pathname2url(request["image"])
            self.config.update("LOCATION", location)
        import volatility.debug

        volatility.debug.error = volatility.debug.critical = diagnose2.stopped
        self._store = store.of(request)
        self._import_plugins()
        self.support = import_dropins(request["dropins"])
        memory.connect(request)
        self._read_quickly()
        self._warm = {}
        self._file = status(request["image"])
        self._next = None

    @property
    def where(self):
        return "Volatility 2 (%s)" % self.version

    def _import_plugins(self):
        import volatility.addrspace as addrspace
        import volatility.commands as commands
        import volatility.registry as registry

        from . import profiles2, tables2

        self._archives = profiles2.Archives(self._store)
        with self._archives.hidden(), tables2.put_off():
            registry.PluginImporter()
        registry.register_global_options(self.config, addrspace.BaseAddressSpace)
        registry.register_global_options(self.config, commands.Command)
        try:
            self.plugins = registry.get_plugin_classes(commands.Command, lower=True)
        except Exception as error:  # two classes of one name, in a folder of the user's
            raise Failure(
                "plugin-failed",
                "Volatility 2 can't load its plugins: " + failure.describe(error),
                "two plugins have one name: remove one from the folders of plugins",
                failure.current_traceback(),
            )

    def _read_quickly(self):
        from . import mapped2, translated2

        mapped2.install()
        translated2.install(memory.live())

    def profiles(self, wanted=None):
        """The classes of profiles by their names; only with the wanted one, if that is
        there."""
        return self._archives.profiles(wanted)

    # In the process that stays.

    def prepare(self, request, control):
        """Makes warm what the command needs, before the fork. Returns why it can't be
        forked, or None. Raises a Failure where it can't run at all."""
        request = dict(self.request, **request)
        self._next = None
        if request["action"] == "fitting":
            self.profile(request["profile"])
        if request["action"] in TELLING:
            return None
        command = self._command(request)
        if command.name in cold2.UNFORKABLE:
            return cold2.UNFORKABLE[command.name]
        self._forget_the_past(request)
        command.warm = self._warm_for(command, request)
        command.warm.look()
        self._next = command
        return None

    def learn(self, lesson):
        """Does nothing: what children could find out is there, since idle."""

    def idle(self):
        """Does what commands can do without, but use; whether there is more."""
        for warm in self._warm.values():
            warm.name_addresses()
        return False

    def _forget_the_past(self, request):
        """Drops what was found in a file that is another now, or in a guest that is."""
        another = memory.start_again(request)
        now = status(request["image"])  # which a server's end changes, too
        if another or now != self._file:
            self._file = now
            self._warm.clear()

    def profile(self, name):
        """The profile of a name, which is made once. Raises a Failure where there is none."""
        import volatility.addrspace as addrspace

        profiles = self.profiles(name)
        if name not in profiles:
            raise diagnose2.bad_profile(name, profiles)
        self.config.update("PROFILE", name)
        if name not in addrspace.PROFILES:
            # Where address spaces look for it, which read it again else.
            addrspace.PROFILES[name] = profiles[name]()
        return addrspace.PROFILES[name]

    def _warm_for(self, command, request):
        """The Warm for a command's profile. Raises a Failure where the profile or the
        plugin does not fit. No memory is read."""
        from . import warm2

        name = request["profile"]
        profile = self.profile(name)
        if not command.plugin.is_valid_profile(profile):
            raise Failure(
                "bad-profile",
                "%s does not work with the profile %s" % (command.plugin.__name__, name),
                "give a profile of the system that the plugin is for; " + diagnose2.offered(self.profiles()),
            )
        if name not in self._warm:
            key = None
            if request.get("identity") and not memory.live():
                key = "\n".join((request["identity"], name, self.version))
            self._warm[name] = warm2.Warm(self.config, profile, request, self._store, key)
        return self._warm[name]

    # In a process of its own.

    def run(self, request, control, frames):
        """Runs the command that was prepared, in a child; returns the end record."""
        request = dict(self.request, **request)
        collector.start()
        if request["action"] in TELLING:
            return self._tell(request, control)
        command, warm = self._next, self._next.warm
        warm.inherit()
        return self._perform(command, warm, request, control, frames)

    def lesson(self):
        """Nothing: see learn."""
        return {}

    def run_cold(self, request, control, frames):
        """Runs a command in this process, and leaves it as it is then."""
        reason = self.prepare(request, control)
        if reason is None:
            return self.run(request, control, frames)
        request = dict(self.request, **request)
        command = self._command(request)
        self._warm_for(command, request)
        collector.start()
        return self._perform(command, None, request, control, frames)

    def _tell(self, request, control):
        TELLING[request["action"]](self, request, control)
        return {"rows": 0}

    def _command(self, request):
        """What is to run. Raises a Failure where there is no such thing."""
        if not request["image"]:
            raise Failure("unreadable-image", "Volatility 2 needs a memory image", "give one with -f IMAGE")
        message = None
        if request["action"] != "table" or request["message"]:
            message = result.message_of(self.support, request)
        if message is None and (self.support is None or not request["plugin"]):
            if request["plugin"] not in self.plugins:
                raise names.missing(request["plugin"], self.plugins, str.lower, self.where)
            name = request["plugin"]
        else:
            name = names.find(request["plugin"], message, self.plugins, self.support, self.where)
        if message is None:
            from . import table2

            table2.check(self.plugins[name])
        return Command(name, self.plugins[name], message)

    def _perform(self, command, warm, request, control, frames):
        try:
            memory.stop_guest(request)
            if warm:
                warm.be_sure()
            constructed = self._construct(command, request)
            start = time.time()
            if files2.wanted(request, self.config):
                report = self._with_files(command, constructed, frames, request, control)
            else:
                report = self._write(command, constructed, frames, request)
            seconds = time.time() - start
            if warm and memory.live() and not warm.is_same():
                raise Failure("guest-changed", *CHANGED)
            if not report.rows:
                diagnose2.check_kernel(constructed, command.name)
        except Failure:
            raise
        except (Exception, SystemExit) as error:
            raise diagnose2.explained(error, command.name, self)
        return dict(result.end_record(report, command.name, self.version), seconds=seconds)

    def _construct(self, command, request):
        """The command, with its options set."""
        options = options2.Options(self.config)
        options.start()
        constructed = command.plugin(self.config)
        options.finish(command.name, request["args"])
        return constructed

    def _with_files(self, command, constructed, frames, request, control):
        """Writes the rows of a command that gets a folder for its files."""
        with files2.Files(request, control) as files:
            self.config.opts[files2.OPTION] = files.directory
            report = self._write(command, constructed, frames, request, files)
            files2.print_files(constructed)
            return report

    def _write(self, command, constructed, frames, request, files=None):
        if command.message is None:
            from . import table2

            report = table2.Report()
        else:
            report = self.support.Report()
        if files:
            files.follow(constructed, report)
        data = constructed.calculate()
        if command.message is None:
            return table2.write_rows(constructed, data, frames.write, report)
        try:
            return self.support.write_rows(command.message, constructed, data, frames.write, request["strict"], report)
        except self.support.Refused as refusal:
            raise Failure(refusal.code, refusal.message, refusal.hint)


class Command(object):
    """What is to run."""

    def __init__(self, name, plugin, message):
        self.name, self.plugin, self.message = name, plugin, message
        self.warm = None


def run(request, control, frames):
    """Runs the only command of a process; returns the end record."""
    return Engine(request, control).run_cold(request, control, frames)


def inspect(request, control):
    """What there is: profiles."""
    engine = Engine(request, control)
    profiles = engine.profiles()
    return {
        "volatility": engine.version,
        "profiles": sorted(profiles),
        "linux_profiles": diagnose2.linux_profiles(profiles),
    }


def status(path):
    """What tells a file from another; None of what is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime, found.st_ctime


def import_volatility():
    """Imports Volatility's configuration; returns version and configuration.

    It reads a `volatilityrc` in the current folder, which holds evidence here,
    and evaluates what it says: the import happens elsewhere.
    """
    here = os.getcwd()
    try:
        os.chdir("/")
        import volatility.conf as conf
        import volatility.constants as constants
    except Exception as error:
        raise Failure(
            "no-volatility",
            "%s has no Volatility 2: %s" % (sys.executable, failure.describe(error)),
            "give a Python 2.7 that has it with --python or VOLINT_PYTHON",
            failure.current_traceback(),
        )
    finally:
        os.chdir(here)
    conf.ConfObject._filenames[:] = [name for name in conf.ConfObject._filenames if os.path.isabs(name)]
    return constants.VERSION, conf.ConfObject()


def import_dropins(modules):
    """Imports the generated modules; returns the support module, or None without
    any."""
    for name in modules:
        __import__(name)
    return sys.modules.get("volatility.plugins.volrender_support")
