"""Volatility 2 as a library, without vol.py."""
import os
import sys
import urllib

from . import describe2, diagnose2, failure, memory, names, options2, result
from .failure import Failure


class Engine(object):
    """Volatility, imported and set up for an image and a profile: its
    configuration is one for the whole process."""

    def __init__(self, request):
        self.request = request
        self.version, self.config = import_volatility()
        import volatility.plugins

        volatility.plugins.__path__.extend(request["plugins"])
        self.options = options2.Options(self.config)
        if request["image"]:
            location = "file://" + urllib.pathname2url(request["image"])
            self.config.update("LOCATION", location)
        import volatility.debug

        volatility.debug.error = volatility.debug.critical = diagnose2.stopped
        self._import_plugins()
        self.support = import_dropins(request["dropins"])
        memory.connect(request)

    @property
    def where(self):
        return "Volatility 2 (%s)" % self.version

    def _import_plugins(self):
        import volatility.addrspace as addrspace
        import volatility.commands as commands
        import volatility.registry as registry

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

    def use_profile(self, name):
        """Sets the profile, and reads it; raises a Failure where it or the plugin does not
        fit. No memory is read."""
        import volatility.addrspace as addrspace
        import volatility.obj as obj
        import volatility.registry as registry

        plugin, profile = self.plugins[name], self.request["profile"]
        profiles = registry.get_plugin_classes(obj.Profile)
        if profile not in profiles:
            raise diagnose2.bad_profile(profile, profiles)
        self.config.update("PROFILE", profile)
        # Where address spaces look for it, which read it again else.
        addrspace.PROFILES[profile] = profiles[profile]()
        if not plugin.is_valid_profile(addrspace.PROFILES[profile]):
            raise Failure(
                "bad-profile",
                "%s does not work with the profile %s" % (plugin.__name__, profile),
                "give a profile of the system that the plugin is for; " + diagnose2.offered(profiles),
            )

    def construct(self, name):
        """The command, with its options set."""
        self.options.start()
        command = self.plugins[name](self.config)
        self.options.finish(name, self.request["args"])
        return command


def run(request, control, frames):
    """Runs one command; returns the end record."""
    if not request["image"]:
        raise Failure("unreadable-image", "Volatility 2 needs a memory image", "give one with -f IMAGE")
    engine = Engine(request)
    message = result.message_of(engine.support, request)
    name = names.find(request["plugin"], message, engine.plugins, engine.support.finding, engine.where)
    try:
        engine.use_profile(name)
        memory.stop_guest(request)
        command = engine.construct(name)
        report = write(engine.support, message, command, frames, request["strict"])
        if not report.rows:
            diagnose2.check_kernel(command, name)
    except Failure:
        raise
    except (Exception, SystemExit) as error:
        raise diagnose2.explained(error, name, engine)
    return result.end_record(report, name, engine.version)


def write(support, message, command, frames, strict):
    try:
        return support.write_rows(message, command, command.calculate(), frames.write, strict=strict)
    except support.Refused as refusal:
        raise Failure(refusal.code, refusal.message, refusal.hint)


def inspect(request, control):
    """What there is: profiles."""
    import volatility.obj as obj
    import volatility.registry as registry

    engine = Engine(request)
    profiles = registry.get_plugin_classes(obj.Profile)
    return {
        "volatility": engine.version,
        "profiles": sorted(profiles),
        "linux_profiles": diagnose2.linux_profiles(profiles),
    }


def options(request, control):
    """Which options commands take."""
    describe2.send(Engine(request), request, control)


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
