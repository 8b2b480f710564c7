"""A profile, and where it finds the kernel in an image: what commands of Volatility 2
have in common.

Volatility tries all readings of an image for each command, and looks through it for a
kernel that was moved; plugins do so again for each other that they use. Here it is
done once, and forked children have it. Options of a command can ask for another
reading of the image: then the child does all that Volatility does.
"""
import json
import logging

import volatility.exceptions as exceptions
import volatility.utils as utils

from . import addresses2, failure, kernel2, mapped2, memory

log = logging.getLogger(__name__)

KIND = "image"  # in the store

_load_as = utils.load_as


class Warm(object):
    """For one profile, which has been read. key names the image and the profile in the
    store; None keeps nothing there."""

    def __init__(self, config, profile, request, store, key):
        self._config = config
        self._names = tuple(config.options)  # of all commands
        self._profile = profile
        self._request = request
        self._store, self._key = store, key
        self.looked = False  # for the kernel, since the image is what it is
        self._space = None
        self._error = None  # why there is none
        self._options = None  # that it was found with
        self._shifts = (0, 0)
        self._banner = ""

    # In the process that stays.

    def look(self):
        """Finds the kernel, unless it is known; in a guest, makes sure that it is still
        there. That there is none is told by commands, as far as they need one."""
        if memory.live():
            self._forget_pages()
            if self.looked and not (self._space and kernel2.is_linux(self._space) and self.is_same()):
                self.looked = False
                log.info("the kernel is not where it was: looking again")
        if not self.looked:
            self._find()
            self.looked = True

    def name_addresses(self):
        """Prepares for questions which symbol is at an address."""
        addresses2.prepare(self._profile)

    def _find(self):
        self._space, self._error, self._banner = None, None, ""
        self._options = self._given(self._config)
        forget(self._profile)
        if not self._restored():
            set_shifts(self._profile, (0, 0))
            self._space = self._load()
            self._shifts = shifts(self._profile)
            self._keep()
        if self._space is not None and kernel2.is_linux(self._space):
            self._banner = kernel2.banner(self._space)

    def _load(self):
        try:
            return _load_as(self._config)
        except exceptions.AddrSpaceError as error:
            self._error = error
        except (Exception, SystemExit) as error:  # the command will tell, in the child
            log.info("the kernel can't be looked for: %s", failure.describe(error))
        return None

    def _given(self, config):
        """The options that are set, of those that are not one command's own."""
        return [(config.readonly.get(name), config.opts.get(name)) for name in self._names]

    # What is kept on disk: a kernel that was moved is looked for in all of the image.

    def _restored(self):
        """Whether the kernel is where an earlier process found it."""
        kept = self._store.get(KIND, self._key) if self._key else None
        if kept is None:
            return False
        self._shifts = tuple(int(number) for number in json.loads(kept.decode("ascii")))
        set_shifts(self._profile, self._shifts)
        self._space = self._load()
        if self._space is not None and shifts(self._profile) == self._shifts and kernel2.reads_swapper(self._space):
            return True
        log.info("the kernel is not where it was found before")
        self._space, self._error = None, None
        return False

    def _keep(self):
        if self._key and self._space is not None and any(self._shifts) and kernel2.reads_swapper(self._space):
            data = json.dumps(self._shifts).encode("ascii")
            self._store.put(KIND, self._key, data, "kernel of %s" % self._request["name"])

    # In the process that runs a command.

    def inherit(self):
        """Makes what was found this process' own, and what Volatility finds."""
        if self._space is not None:
            mapped2.reopen(self._space)
            self._forget_pages()
        # As in a process of its own, where it is unknown until it is looked for.
        set_shifts(self._profile, (0, 0))
        utils.load_as = self.load_as

    def load_as(self, config, astype="virtual", **more):
        """In place of Volatility's: what was found, for whoever asks for just that."""
        if astype != "virtual" or more or self._options is None or self._given(config) != self._options:
            return _load_as(config, astype=astype, **more)
        if self._error is not None and not memory.live():
            raise self._error
        if self._space is None:
            return _load_as(config, astype=astype)
        set_shifts(self._profile, self._shifts)
        return self._space

    def be_sure(self):
        """Makes sure, in a running guest, that the kernel is still where it was found;
        else it is looked for again."""
        if self._space is not None and memory.live() and not self.is_same():
            self._space = None

    def is_same(self):
        """Whether the kernel that was found is there now."""
        if self._space is None or not kernel2.is_linux(self._space):
            return True
        self._forget_pages()  # that plugins had read before, as a guest may have been reset since
        before = shifts(self._profile)
        set_shifts(self._profile, self._shifts)
        try:
            return kernel2.reads_swapper(self._space) and kernel2.banner(self._space) == self._banner
        finally:
            set_shifts(self._profile, before)

    def _forget_pages(self):
        """Drops bytes of a running guest that this process has."""
        space = self._space
        while space is not None:
            if hasattr(space, "memory") and memory.live():
                space.memory.forget()
            space = space.base


def shifts(profile):
    """How far a kernel was moved: (physical, virtual)."""
    return getattr(profile, "physical_shift", 0), getattr(profile, "virtual_shift", 0)


def set_shifts(profile, found):
    if hasattr(profile, "virtual_shift"):
        profile.physical_shift, profile.virtual_shift = found


def forget(profile):
    """Drops what a profile remembers of another kernel."""
    for remembered in ("sym_addr_cache", "dentry_cache"):
        getattr(profile, remembered, {}).clear()
