"""Contexts in which Volatility has found what plugins need.

Volatility's automagic runs once for each kind of need (see needs3.py). The plugins
of that kind then run in forked children, each in its copy of the context: there the
configuration is moved to the plugin's own place, so that names and paths are those
that a fresh process has.
"""
import io
import itertools
import logging
import os

from volatility3.framework import automagic, constants, contexts, interfaces
from volatility3.framework.automagic import stacker
from volatility3.framework.layers import physical

from . import channel, collector, identity3, memory, needs3, sorted3, symbols3, types3
from .failure import Failure

log = logging.getLogger(__name__)

BASE = "plugins"


CHANGED = Failure(
    "guest-changed",
    "the guest became another while its memory was read",
    "the rows may be of two guests: run the command again",
)

MOST_TOLD = 50000  # characters of types' names


class Warm(object):
    """A context for plugins of one kind. The configuration of what they need lies
    at path."""

    def __init__(self, kind, context, path, image):
        self.kind = kind
        self.context = context
        self.path = path
        self._image = image
        self._tables = list(context.symbol_space)
        self._plain = []  # layers that read the image's file as it lies there
        self._types = None
        self._reached = None  # what walks through all types

    # In the process that stays.

    def is_current(self):
        """Whether what was found is still true. A file's is; of a guest without a
        kernel that can be asked for, nothing can be told."""
        if not memory.live():
            return True
        memory.fresh(self.context)
        return identity3.has_kernel(self.context) and identity3.same_kernel(self.context)

    def let_go(self):
        """Closes files: children that shared one would share the place in it, too."""
        for layer in self.context.layers.values():
            if isinstance(layer, physical.FileLayer) and layer._file_ is not None:
                if is_plain(layer._file_, self._image):
                    self._plain.append(layer)
                layer._file_.close()
                layer._file_ = None

    def learn(self, lesson, count):
        """Finds out some of what a child did; whether there is more."""
        space, names = self.context.symbol_space, lesson["types"]
        for _ in range(min(count, len(names))):
            types3.resolve(space, names.pop())
        if names:
            return True
        if lesson["settled"]:
            self._reached = self._reached or types3.reach(space)
            if len(list(itertools.islice(self._reached, count))) == count:
                return True
        while lesson["sorted"]:
            name = lesson["sorted"].pop()
            if name in space and not space[name]._sort_symbols:
                sorted3.sort(space[name])
                return True
        return False

    # In a child.

    def inherit(self):
        """Makes the context this process' own."""
        space = self.context.symbol_space
        space._resolved = self._types = types3.Types(space._resolved)
        for layer in self._plain:
            layer._file_ = open(self._image, "rb")

    def give(self, plugin, values):
        """The context for a plugin with these options, and its path there. This Warm
        is spent then."""
        path = path_of(plugin)
        move(self.context, self.path, path)
        for key, value in values.items():
            self.context.config[interfaces.configuration.path_join(path, key)] = value
        return self.context, path

    def stand_still(self, request):
        """Stops the guest where that is wanted, last of all: finding the kernel and
        reading its symbols takes longer than most plugins do, and what is found stays
        where it is while the guest runs. The guest must still be the one it was."""
        memory.stop_guest(request, self.context)
        if memory.live():
            memory.fresh(self.context)
            if not identity3.same_kernel(self.context):
                raise CHANGED

    def check(self):
        """Raises a Failure where the guest became another meanwhile."""
        if memory.live():
            memory.fresh(self.context)
            if not identity3.same_kernel(self.context):
                raise CHANGED

    def lesson(self):
        """What this child found out that is true for others: names of types, whether it
        had to resolve all there are, and of which tables it sorted the symbols."""
        names, left = [], MOST_TOLD
        for name in self._types.new:
            if name.partition(constants.BANG)[0] in self._tables and len(name) < left:
                left -= len(name) + 4
                names.append(name)
        space = self.context.symbol_space
        ordered = [name for name in self._tables if name in space and space[name]._sort_symbols]
        return {"kind": self.kind, "types": names, "settled": self._types.settled, "sorted": ordered}


def is_plain(opened, path):
    """Whether what Volatility opened is the file itself, and nothing unpacks it."""
    inner = getattr(opened, "fp", None)
    try:
        return isinstance(inner, io.BufferedReader) and os.path.samestat(os.fstat(inner.fileno()), os.stat(path))
    except (OSError, ValueError):
        return False


def path_of(plugin):
    return interfaces.configuration.path_join(BASE, plugin.__name__)


class Search(object):
    """How Volatility goes about what a plugin needs."""

    def __init__(self, plugin, image):
        self.plugin = plugin
        self.image = image
        self.context = contexts.Context()
        if image:
            self.context.config["automagic.LayerStacker.single_location"] = symbols3.location(image)
        # Makes the stackers known, too, that choose_os_stackers picks from.
        self.automagics = automagic.choose_automagic(automagic.available(self.context), plugin)
        stackers = stacker.choose_os_stackers(plugin)
        self.context.config["automagic.LayerStacker.stackers"] = stackers
        self.kind = needs3.kind(plugin, self.automagics, stackers)

    def find(self, progress, automagics=None):
        """Runs automagic: (a Warm, {}), or (None, what is not met)."""
        with collector.paused():
            errors = automagic.run(automagics or self.automagics, self.context, self.plugin, BASE, Patient(progress))
        unmet = needs3.unmet(self.plugin, self.context, path_of(self.plugin))
        if unmet:
            for error in errors:
                log.warning("Automagic exception occurred: %s", list(error.format_exception_only())[-1].rstrip())
                log.log(constants.LOGLEVEL_V, "%s", "".join(error.format(chain=True)))
            return None, unmet
        return self.nothing(), {}

    def nothing(self):
        """The Warm of the context as it is."""
        return Warm(self.kind, self.context, path_of(self.plugin), self.image)


class Patient(object):
    """A progress callback that goes on when its caller went: automagic takes an
    exception for a layer that is not there, and what it finds is for the next
    command too."""

    def __init__(self, progress):
        self._progress = progress
        self._gone = False

    def __call__(self, percent, what=None):
        if not self._gone:
            try:
                self._progress(percent, what)
            except channel.Gone:
                self._gone = True


def move(context, old, new):
    """Moves what automagic wrote into the configuration, and what refers to it."""
    if old == new:
        return
    parent, _dot, name = old.rpartition(".")
    _parent, _dot, other = new.rpartition(".")
    # There is no other way to take a branch out; the branches themselves stay, and
    # with them what objects remember of them.
    tree = context.config._subdict.get(parent)
    if tree is not None and name in tree._subdict:
        tree._subdict[other] = tree._subdict.pop(name)
    for each in configured(context):
        if each.config_path == old or each.config_path.startswith(old + "."):
            each.config_path = new + each.config_path[len(old) :]


def configured(context):
    """All of a context that has a place in the configuration."""
    found = list(context.layers.values())
    found += [context.modules[name] for name in context.modules]
    for name in context.symbol_space:
        table = context.symbol_space[name]
        found += [each for each in (table, getattr(table, "_delegate", None)) if hasattr(each, "config_path")]
    return found
