"""What a symbol file holds, by a hash: of the file as it lies there, or of a member
of an archive. Compressed files are not decompressed for it."""
import hashlib
import logging
import os
import time
import urllib.parse
import urllib.request
import zipfile

log = logging.getLogger(__name__)

PIECE = 1 << 20

# A file that was changed so short a time ago may change again without its times
# telling.
SETTLED_SECONDS = 2


class Content(object):
    """The content of a file at one moment."""

    def __init__(self, path, status, digest):
        self._path = path
        self._status = status
        self.digest = digest

    def unchanged(self):
        """Whether the file is still that one, as far as its status tells."""
        return status_of(self._path) == self._status


class Contents(object):
    """The contents of URLs. A file is read again when its status has changed."""

    def __init__(self):
        self._known = {}

    def of(self, url):
        """The Content of a URL; None of what is no local file that can be read."""
        known = self._known.get(url)
        if known is not None and known.unchanged():
            return known
        path, member = split(url)
        if not path:
            return None
        try:
            status = status_of(path)
            if status is None:
                return None
            content = Content(path, status, digest_of(path, member))
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            log.debug("%s: %s", url, error)
            return None
        if not content.unchanged():
            return None
        if time.time() - os.stat(path).st_mtime > SETTLED_SECONDS:
            self._known[url] = content
        return content


def status_of(path):
    try:
        about = os.stat(path)
    except OSError:
        return None
    return (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)


def split(url):
    """The path of a local file, and a member in that archive or None: of file:PATH
    and of jar:file:PATH!MEMBER. ("", None) of other URLs."""
    parsed = urllib.parse.urlparse(url)
    if parsed.scheme == "jar":
        inner, _, member = parsed.path.partition("!")
        parsed = urllib.parse.urlparse(inner)
        return (parsed.path, member) if parsed.scheme == "file" and member else ("", None)
    if parsed.scheme != "file" or parsed.netloc:
        return "", None
    return urllib.request.url2pathname(parsed.path), None


def digest_of(path, member):
    """The hash of a file or of an archive's member. BLAKE2 takes the same few
    milliseconds on every processor; SHA-256 takes four times that on some."""
    with open(path, "rb") as opened:
        if member is None:
            return hashed(opened)
        with zipfile.ZipFile(opened) as archive, archive.open(member) as part:
            return hashed(part)


def hashed(stream):
    found = hashlib.blake2b(digest_size=32)
    while True:
        piece = stream.read(PIECE)
        if not piece:
            return found.hexdigest()
        found.update(piece)
