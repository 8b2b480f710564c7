"""Which row names which file that a plugin wrote.

Plugins make a file and then a row that names it, or name one while they write it. Rows
are numbered as they are written, from 0; of several that name a file the first counts.
"""
import re
from collections import OrderedDict

# How many files, the latest, are looked for within longer text: "stored as a.dmp".
RECENT = 8

TEXT = (str, bytes) if str is not bytes else (str, type(u""))

# What a name may go on with, so that a part of a longer one is not taken for it.
_MORE_BEFORE = re.compile(r"[A-Za-z0-9_.-]\Z")
_MORE_BEHIND = re.compile(r"[A-Za-z0-9_-]|\.[A-Za-z0-9]")


class Names(object):
    """The names of a command's files that no row has named yet."""

    def __init__(self, control):
        self._control = control
        self._waiting = OrderedDict()  # names, and whether the file is whole
        self._rows = {}  # of files that were named before they were whole

    def opened(self, name):
        self._waiting[name] = False

    def renamed(self, before, name):
        """A file that is not whole yet has another name."""
        if self._waiting.pop(before, None) is not None:
            self._waiting[name] = False
        if before in self._rows:
            self._rows[name] = self._rows.pop(before)

    def forget(self, name):
        self._waiting.pop(name, None)
        self._rows.pop(name, None)

    def whole(self, name):
        """The row that has named a file which is whole now, or -1."""
        if name in self._waiting:
            self._waiting[name] = True
        return self._rows.pop(name, -1)

    def pairs(self, rows, report):
        """The pairs of a depth and a row's values as they come. report.dropped counts
        rows that are not written after all; drop-ins of older versions have no such rows."""
        number = dropped = 0
        for pair in rows:
            found = self.named(pair[1]) if self._waiting else ()
            yield pair
            before, dropped = dropped, getattr(report, "dropped", 0)
            if dropped == before:
                self.tie(found, number)
                number += 1

    def named(self, values):
        """The names that are in a row's values."""
        found = []
        for value in values:
            if isinstance(value, TEXT):
                found += [value] if value in self._waiting else self._within(value)
        return found

    def _within(self, text):
        if not isinstance(text, str):
            return []
        found = []
        for name in list(self._waiting)[-RECENT:]:
            at = text.find(name) if len(text) > len(name) else -1
            if at >= 0 and not _MORE_BEFORE.search(text[:at][-1:]) and not _MORE_BEHIND.match(text[at + len(name):][:2]):
                found.append(name)
        return found

    def tie(self, names, row):
        for name in names:
            whole = self._waiting.pop(name, None)
            if whole:
                self._control.send("named", name=name, row=row)
            elif whole is not None:
                self._rows[name] = row
