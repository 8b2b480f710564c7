"""Volatility 3's index of symbol files: which file is for which kernel."""
import calendar
import contextlib
import fcntl
import json
import logging
import os
import sqlite3
import time
import urllib.parse
import urllib.request

from . import collector, folders3, place3, store

log = logging.getLogger(__name__)

# Beside the index: what the folders held, and the index was, when it was up to date.
STATE = "index.state"


def install():
    """Makes Volatility's automagic bring the index up to date as this does."""
    from volatility3.framework.automagic import symbol_cache

    def update(magic, context, config_path, configurable, progress_callback=None):
        update_index(progress_callback)

    symbol_cache.SymbolCacheMagic.__call__ = update


def update_index(progress=None):
    """Brings the index up to date."""
    if is_current():
        return
    try:
        look_again(progress)
    except (OSError, sqlite3.Error) as error:  # a full disk
        place3.fall_back(place3.said(error))
        look_again(progress)


def look_again(progress):
    """Has Volatility update the index. One process at a time does: Volatility deletes
    the index of another that is at work on it for more than a few seconds."""
    from volatility3.framework import constants

    with locked(os.path.join(constants.CACHE_PATH, "index.lock")):
        place3.check_room(index_path())
        held = folders3.state(symbol_folders())
        index = open_index()
        with contextlib.closing(index._database):
            forget_changed(index)
            with collector.paused():
                index.update(progress)
        remember(held)


def is_current():
    """Whether nothing that the index depends on has changed: most often so, and
    found out in a millisecond, where an update takes tens."""
    from volatility3.framework import constants

    path = os.path.join(constants.CACHE_PATH, STATE)
    try:
        with open(path) as state:
            current = state.read() == folders3.state(symbol_folders()) + index_state()
        if current:
            store.touch(path)  # for `volint cache`, which tells when it was used last
        return current
    except (OSError, ValueError):
        return False


def remember(held):
    from volatility3.framework import constants

    path = os.path.join(constants.CACHE_PATH, STATE)
    try:
        with open(path + ".new", "w") as state:
            state.write(held + index_state())
        os.replace(path + ".new", path)
    except OSError as error:
        log.info("%s can't be written: %s", path, error.strerror)


def symbol_folders():
    """Where Volatility looks for symbol files."""
    import volatility3.symbols

    return list(volatility3.symbols.__path__)


def index_state():
    """What tells an index from what it was: other programs may use it, too. Then, for
    `volint cache`, the folders that it is of, besides Volatility's."""
    from volatility3.framework import constants

    index = "index %s %s %s %s\n" % folders3.brief(os.stat(index_path()))
    return index + json.dumps([path for path in symbol_folders() if path not in constants.SYMBOL_BASEPATHS]) + "\n"


def index_path():
    from volatility3.framework import constants

    return os.path.join(constants.CACHE_PATH, constants.IDENTIFIERS_FILENAME)


def open_index():
    from volatility3.framework.automagic import symbol_cache

    return symbol_cache.SqliteCache(index_path())


@contextlib.contextmanager
def locked(path):
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def forget_changed(index):
    """Drops what the index says of files that changed since: Volatility looks
    again after three days only, and a new symbol file would not count till then."""
    database = index._database
    for row in database.execute("SELECT location, cached FROM cache WHERE local = 1").fetchall():
        path = path_of(row["location"])
        if path and changed_since(path, row["cached"]):
            database.execute("DELETE FROM cache WHERE location = ?", (row["location"],))
    database.commit()


def changed_since(path, stamp):
    """Whether a file changed after the index's time stamp, a UTC date to the second,
    or came to where it is: a file that is moved or copied there may keep its time."""
    try:
        return changed_at(path) >= calendar.timegm(time.strptime(stamp, "%Y-%m-%d %H:%M:%S"))
    except (OSError, ValueError):
        return True


def changed_at(path):
    about = os.stat(path)
    return max(about.st_mtime, about.st_ctime)


def location(path):
    """The URL of a path."""
    return "file://" + urllib.request.pathname2url(os.path.abspath(path))


def path_of(location):
    """The file of a location: file:PATH, or jar:file:PATH!MEMBER."""
    url = urllib.parse.urlparse(location)
    if url.scheme == "jar":
        url = urllib.parse.urlparse(url.path.partition("!")[0])
    return urllib.request.url2pathname(url.path) if url.scheme == "file" else ""


def known_banners():
    """The Linux kernels that there are symbols for: banner -> file. Banners are
    text without the newline and the NUL at their end."""
    index = open_index()
    with contextlib.closing(index._database):
        found = index.get_identifier_dictionary(operating_system="linux")
    return dict((banner_text(banner), path_of(at) or at) for banner, at in found.items() if banner)


def banner_text(banner):
    return banner.rstrip(b"\x00\n").decode("latin-1")
