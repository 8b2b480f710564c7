"""Volatility 3's index of symbol files: which file is for which kernel."""
import calendar
import contextlib
import fcntl
import os
import time
import urllib.parse
import urllib.request


def update_index(progress=None):
    """Brings the index up to date. One process at a time does: Volatility deletes
    the index of another that is at work on it for more than a few seconds."""
    from volatility3.framework import constants

    with locked(os.path.join(constants.CACHE_PATH, "index.lock")):
        index = open_index()
        forget_changed(index)
        index.update(progress)


def open_index():
    from volatility3.framework import constants
    from volatility3.framework.automagic import symbol_cache

    return symbol_cache.SqliteCache(
        os.path.join(constants.CACHE_PATH, constants.IDENTIFIERS_FILENAME)
    )


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
    """Whether a file changed after the index's time stamp, a UTC date to the second."""
    try:
        return os.path.getmtime(path) >= calendar.timegm(time.strptime(stamp, "%Y-%m-%d %H:%M:%S"))
    except (OSError, ValueError):
        return True


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
    found = open_index().get_identifier_dictionary(operating_system="linux")
    return dict((banner_text(banner), path_of(at) or at) for banner, at in found.items() if banner)


def banner_text(banner):
    return banner.rstrip(b"\x00\n").decode("latin-1")
