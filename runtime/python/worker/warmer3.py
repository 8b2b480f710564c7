"""What the process that stays keeps warm: a Warm for each kind of need."""
import logging

from . import content3, diagnose3, failure, folders3, memory, needs3, saved3, symbols3, warm3
from .failure import Failure

log = logging.getLogger(__name__)

# Types that are resolved before it is looked again whether there is a command.
AT_ONCE = 20


class LookWhileItStands(Exception):
    """Nothing was found, and that the guest runs may be the reason: a command that
    stops it is to look for itself, once it did."""


class Warmer(object):
    """Makes contexts warm, and notices when they are of the past. stays says that this
    process runs no command itself."""

    def __init__(self, request, version, store, stays):
        self._request = request
        self._stays = stays
        self._saved = saved3.Saved(request, version, store)
        self._file = content3.status_of(request["image"])
        self._kinds = {}  # of the plugins, by their names
        self._warm = {}
        self._failed = {}  # kind: (symbol files there were, the command, its Failure)
        self._lessons = []
        self.made = 0  # how many there were

    def of(self, command, request, control):
        """The Warm for a command. Raises a Failure where Volatility can't find what it
        needs."""
        self._forget_the_past()
        warm = self._warm.get(self._kinds.get(command.name))
        if warm and warm.is_current():
            return warm
        search = warm3.Search(command.plugin, request["image"])
        self._kinds[command.name] = search.kind
        warm = self._warm.get(search.kind)
        if warm is None or not warm.is_current():
            warm = self._find(search, command, request, control)
            warm.let_go()
            self._warm[search.kind] = warm
            self.made += 1
        return warm

    def _forget_the_past(self):
        """Drops what was found in a file that is another now, or in a guest that is."""
        another = memory.start_again(self._request)
        now = content3.status_of(self._request["image"])  # which a server's end changes, too
        if another or now != self._file:
            log.info("%s is not what it was: looking again", self._request["name"])
            self._file = now
            self._saved.forget()
            self._warm.clear()
            self._failed.clear()

    def _find(self, search, command, request, control):
        if not needs3.of(command.plugin):
            symbols3.update_index(control.progress)  # which isfinfo lists
            return search.nothing()
        stamp = folders3.state(symbols3.symbol_folders())
        warm = self._saved.restore(search, stamp, control.progress)
        if warm:
            return warm
        known = self._failed.get(search.kind)
        if known and known[0] == stamp and not memory.live():
            raise told_of(command.name, *known[1:])
        warm = self._look(search, stamp, command, request, control)
        self._saved.keep(warm, command.plugin, stamp)
        return warm

    def _look(self, search, stamp, command, request, control):
        symbols3.update_index(control.progress)
        warm, unmet = search.find(control.progress)
        if unmet and request.get("pause"):
            if self._stays:
                raise LookWhileItStands()
            log.info("looking again while the guest stands")
            memory.stop_guest(request)
            warm, unmet = warm3.Search(command.plugin, request["image"]).find(control.progress)
        if unmet:
            found = diagnose3.unsatisfied(unmet, command.name, request, control.progress)
            self._failed[search.kind] = (stamp, command.name, found)
            raise found
        return warm

    def learn(self, lesson):
        """Notes what a child found out."""
        self._lessons.append(lesson)

    def learn_more(self):
        """Finds out some of it here; whether there is more."""
        while self._lessons:
            lesson = self._lessons[0]
            warm = self._warm.get(lesson.get("kind"))
            try:
                if warm and warm.learn(lesson, AT_ONCE):
                    return True
            except Exception as error:  # it is only for speed
                log.info("nothing can be learnt from a child: %s", failure.describe(error))
            del self._lessons[0]
        return False


def told_of(name, other, found):
    """What another command's failure is for a command of the same needs."""
    return Failure(found.code, found.message.replace(other, name), found.hint.replace(other, name), found.detail)
