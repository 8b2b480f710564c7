"""The profiles of Linux (and Mac) kernels: .zip files in the folders of plugins.

Volatility reads all of them whenever it starts, and parses the one that is used
twice. Here the one that is asked for is read, and the others only where it isn't
there; what parsing gave is kept from one process to the next.
"""
import contextlib
import hashlib
import logging
import os
import sys
import zipfile

import volatility.constants as constants
import volatility.obj as obj
import volatility.registry as registry

from . import addresses2, failure, parsed2
from .failure import Failure

log = logging.getLogger(__name__)

KIND = "profile"  # in the store

LINUX = "volatility.plugins.overlays.linux.linux"
MAC = "volatility.plugins.overlays.mac.mac"


class Archives(object):
    """The .zip files that Volatility found, while it imported its plugins, and did not
    read."""

    def __init__(self, store):
        self._store = store
        self._unread = []
        self._kind = {}  # whether it is a .zip file, by path

    @contextlib.contextmanager
    def hidden(self):
        """Keeps the modules that look for profiles from finding any: they read all that
        there are, when they are imported."""
        stock = zipfile.is_zipfile

        def is_zipfile(path):
            if sys._getframe(1).f_globals.get("__name__") in (LINUX, MAC):
                self._note(path, stock)
                return False
            return stock(path)

        zipfile.is_zipfile = is_zipfile
        try:
            yield
        finally:
            zipfile.is_zipfile = stock
            hook(sys.modules.get(LINUX))

    def _note(self, path, is_zipfile):
        if path.endswith((".py", ".pyc")):
            return
        path = os.path.realpath(path)
        if path in self._kind:
            return
        self._kind[path] = is_zipfile(path)
        if self._kind[path]:
            self._unread.append(path)

    def profiles(self, wanted=None):
        """Volatility's classes of profiles by their names: the wanted one among them, if
        it is there; all, if it is not."""
        if wanted not in known():
            self._read([path for path in self._unread if wanted and stem(path) in wanted], self._parse)
        if wanted not in known():
            self._read(self._unread, open_archive)
        return known()

    def _read(self, paths, open_one):
        for path in list(paths):
            self._unread.remove(path)
            try:
                make_classes(open_one(path))
            except Exception as error:
                log.warning("%s can't be read as a profile: %s", path, failure.describe(error))

    def _parse(self, path):
        """The archive at a path, parsed before, or now."""
        with open(path, "rb") as archive:
            key = "%s\n%s" % (hashlib.sha256(archive.read()).hexdigest(), parser_version())
        data = self._store.get(KIND, key) if self._store else None
        parsed = parsed2.restore(data) if data else None
        if parsed is None:
            archive = open_archive(path)
            files = linux_files(archive)
            if files is None:
                return archive
            parsed = parsed2.parse(*files)
            if self._store:
                self._store.put(KIND, key, parsed.saved(), "profile %s" % path)
        return Read(path, parsed)


def known():
    try:
        return registry.get_plugin_classes(obj.Profile)
    except Exception as error:
        raise Failure(
            "bad-profile",
            "two profiles have one name: " + failure.describe(error),
            "remove one from the folders of plugins",
        )


def stem(path):
    """What the name of a profile has of its file's."""
    return os.path.splitext(os.path.basename(path))[0].replace(".", "_")


def open_archive(path):
    return zipfile.ZipFile(path)


def make_classes(archive):
    """Makes the archive's profiles known, by Volatility's own functions."""
    linux, mac = sys.modules.get(LINUX), sys.modules.get(MAC)
    for module, make in ((linux, "LinuxProfileFactory"), (mac, "MacProfileFactory")):
        made = getattr(module, make)(archive) if module else None
        if made is not None:
            module.new_classes.append(made)  # registers die with what they hold
        if made is not None and module is linux:
            addresses2.install(made)
    if isinstance(archive, Read):
        archive.in_use = True


def linux_files(archive):
    """What an archive holds of a Linux profile: (.dwarf, System.map), or None."""
    found = {}
    for each in archive.filelist:
        name = each.filename.lower()
        if name.endswith(".dwarf"):
            found["types"] = each.filename
        elif "system.map" in name:
            found["map"] = each.filename
    if len(found) < 2:
        return None
    return archive.read(found["types"]), archive.read(found["map"])


def parser_version():
    """What else parsing depends on. People run Volatility 2 with changes of their own."""
    digest = hashlib.sha256()
    for name in (LINUX, "volatility.dwarf"):
        path = sys.modules[name].__file__
        with open(path[:-1] if path.endswith((".pyc", ".pyo")) else path, "rb") as source:
            digest.update(source.read())
    return "%s\n%s\n%d.%d" % ((constants.VERSION, digest.hexdigest()) + sys.version_info[:2])


# Volatility's class of a Linux profile asks its archive for two files, and has each
# parsed when the profile is made. In their place it gets texts that know what
# parsing gives.


class Read(object):
    """An archive with a Linux profile, of which nothing has to be read."""

    def __init__(self, path, parsed):
        self.filename = path
        self.filelist = [Member("module.dwarf"), Member("System.map")]
        self.parsed = parsed
        self.in_use = False  # whether the class is made, and asks for all

    def read(self, name):
        text = Text(self.parsed.kernel if name == "System.map" else "parsed")
        text.archive = self
        return text


class Member(object):
    def __init__(self, filename):
        self.filename = filename


class Text(str):
    """A file's text, which was parsed."""

    def finalize(self):
        """As the DWARFParser of a .dwarf file."""
        return self.archive.parsed.types()


class Dwarf(object):
    """Stands for the module volatility.dwarf where Linux profiles use it."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        return getattr(self._module, name)

    def DWARFParser(self, text):
        return text if isinstance(text, Text) else self._module.DWARFParser(text)


def hook(linux):
    """Lets Volatility's module for Linux know what was parsed."""
    if linux is None or isinstance(linux.dwarf, Dwarf):
        return
    stock = linux.parse_system_map

    def parse_system_map(data, module):
        machine, model, symbols = stock(data, module)
        if isinstance(data, Text):
            symbols = data.archive.parsed.symbols() if data.archive.in_use else {}
        return machine, model, symbols

    linux.parse_system_map = parse_system_map
    linux.dwarf = Dwarf(linux.dwarf)
