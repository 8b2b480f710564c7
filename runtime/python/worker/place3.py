"""Where Volatility 3's index of symbol files lies: in the cache, or, where that can't
be written to, among temporary files. Volatility does not work without an index."""
import logging
import os
import sqlite3
import stat
import tempfile

from . import store, storefile
from .failure import Failure

log = logging.getLogger(__name__)

ROOM = 256 << 10  # bytes, by which an index may grow in an update of some hundred files


def use(wanted):
    """Has Volatility keep its index in the folder wanted, if it can."""
    from volatility3.framework import constants

    constants.CACHE_PATH = wanted
    why = why_not(wanted)
    if why:
        fall_back(why)


def fall_back(why):
    """Goes on in a folder among temporary files. It is the same each time, so that
    nothing gathers there. Raises a Failure where there is no such folder."""
    from volatility3.framework import constants

    # Not tempfile's: that may be the current folder, which holds evidence.
    own = os.path.join(os.environ.get("TMPDIR") or "/tmp", "volint-%d" % os.geteuid())
    unusable, folder = constants.CACHE_PATH, os.path.join(own, os.path.basename(constants.CACHE_PATH))
    other = why if folder == unusable else why_not(own, folder)
    if other:
        raise Failure(
            "bad-setting",
            "Volatility 3 can keep no index of symbol files in %s: %s" % (unusable, why),
            "name a folder that can be written to with VOLINT_CACHE",
            "%s: %s" % (folder, other),
        )
    log.warning("no index of symbol files can be kept in %s: %s; it is made in %s", unusable, why, folder)
    constants.CACHE_PATH = folder


def why_not(*folders):
    """What keeps an index from being kept in the last of some folders, which must all
    be this user's alone; "" where nothing does. Makes them, and an index."""
    from volatility3.framework import constants
    from volatility3.framework.automagic import symbol_cache

    try:
        for folder in folders:
            store.make_folders(folder)
            about = os.lstat(folder)
            if not stat.S_ISDIR(about.st_mode):
                return "it is no folder"
            if storefile.shared(about):
                return storefile.shared(about)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return "it can't be written to"
        symbol_cache.SqliteCache(os.path.join(folder, constants.IDENTIFIERS_FILENAME))._database.close()
    except (OSError, sqlite3.Error) as error:
        return said(error)
    return ""


def said(error):
    return getattr(error, "strerror", None) or str(error)


def check_room(index):
    """Raises an OSError where the disk has no room for an update of an index:
    Volatility passes over that, and over the symbol files that it can't note."""
    size = os.path.getsize(index) if os.path.exists(index) else 0
    with tempfile.TemporaryFile(dir=os.path.dirname(index)) as probe:
        os.posix_fallocate(probe.fileno(), 0, size + ROOM)
