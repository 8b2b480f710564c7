"""What Volatility found in a dump, kept for later processes: its layers, page tables
and the kernel's place, as `vol --save-config` has them.

It is kept by the dump's identity, the symbol files there are and Volatility's
version, and used only where the kernel can then be read.
"""
import json
import logging

from volatility3.framework import automagic, interfaces
from volatility3.framework.automagic import construct_layers

from . import failure, identity3, needs3, symbols3, warm3

log = logging.getLogger(__name__)

KIND = "image"
FORMAT = "configuration 1"
# Stands for where the image lies: the same one may be found elsewhere.
HERE = "\0image"


class Saved(object):
    """The configurations of one image."""

    def __init__(self, request, version, store):
        self._identity = request.get("identity", "")
        self._image, self._name = request["image"], request["name"]
        self._version = version
        self._store = store

    def forget(self):
        """The image is not what its identity says, any more."""
        self._identity = ""

    def _key(self, kind, stamp):
        return json.dumps([FORMAT, self._identity, self._version, kind, stamp])

    def keep(self, warm, plugin, stamp):
        """Keeps what a Warm has for the plugin's kind."""
        if not self._identity or self._store is None or not identity3.has_kernel(warm.context):
            return
        found = flat(plugin, warm.context, warm.path)
        here = symbols3.location(self._image)
        found = dict((key, HERE if value == here else value) for key, value in found.items())
        try:
            data = json.dumps(found, sort_keys=True).encode("ascii")
        except TypeError as error:  # bytes, which no kernel needs
            log.debug("not kept: %s", error)
            return
        self._store.put(KIND, self._key(warm.kind, stamp), data, self._name)

    def restore(self, search, stamp, progress):
        """The Warm of what was kept for a search, or None."""
        if not self._identity or self._store is None:
            return None
        data = self._store.get(KIND, self._key(search.kind, stamp))
        if data is None:
            return None
        try:
            warm = rebuild(search, json.loads(data.decode("ascii")), symbols3.location(self._image), progress)
        except Exception as error:  # whatever Volatility makes of it
            log.info("what was kept of %s is not used: %s", self._name, failure.describe(error))
            return None
        if warm is None:
            log.info("what was kept of %s does not fit it", self._name)
        return warm


def flat(plugin, context, path):
    """The configuration of what a plugin needs, from its path on."""
    found = interfaces.configuration.HierarchicalDict()
    for need in needs3.of(plugin):
        at = interfaces.configuration.path_join(path, need.name)
        value = context.config.get(at, None)
        if value is not None:
            found.splice(need.name, need.build_configuration(context, path, value))
    return dict(found)


def rebuild(search, found, here, progress):
    """A Warm of a kept configuration; None where the kernel is not there."""
    path = warm3.path_of(search.plugin)
    for key, value in found.items():
        search.context.config[interfaces.configuration.path_join(path, key)] = here if value == HERE else value
    builders = [each for each in search.automagics if isinstance(each, construct_layers.ConstructionMagic)]
    warm, unmet = search.find(progress, builders)
    if unmet or not identity3.has_kernel(warm.context) or not identity3.same_kernel(warm.context):
        return None
    return warm
