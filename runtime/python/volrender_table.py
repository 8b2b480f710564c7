"""The table model: which column a field takes, and how deep a row stands.

Works under Python 2.7 and 3.
"""
import operator

from . import volrender_values as values
from .volrender_fields import fold
from .volrender_rows import Refused


_DEPTH = -1


class Columns(object):
    """Which column of a plugin's table each field of a writer's message takes.

    hidden are indexes of columns that the user asked not to see.
    """

    def __init__(self, out, plugin, titles, hidden=()):
        self.count, self.report = len(titles), out.report
        self.indexes, missing = [], []
        for field in out.message.valued:
            at = _DEPTH if field.depth else _find(field, titles, out.report)
            if at is None:
                missing.append(field)
            self.indexes.append(None if at in hidden else at)
        plain = len(self.indexes) > 1 and all(i is not None and i != _DEPTH for i in self.indexes)
        self._get = operator.itemgetter(*self.indexes) if plain else None
        if missing:
            none = len(missing) == sum(not f.depth for f in out.message.valued)
            self._tell(out.message, plugin, titles, missing, none or out.strict)

    def _tell(self, message, plugin, titles, missing, refuse):
        there = "%s has the columns %s" % (plugin, ", ".join(titles))
        names = [f.name for f in missing]
        if refuse:
            raise Refused(
                "missing-column",
                "%s: %s has no column for %s" % (message.full_name, plugin, ", ".join(names)),
                there + "; name one in the field's option, or write {none: true}",
            )
        for field in missing:
            self.report.missing.append((field.name, field.title))
            self.report.warnings.append(
                "%s: field %s stays unset, since %s has no column %s; %s"
                % (message.full_name, field.name, plugin, field.title, there)
            )

    def pick(self, item, depth):
        """The fields' values of one row of the table."""
        if len(item) != self.count:
            self.report.lose("(row)", "%d values for %d columns" % (len(item), self.count))
            item = (tuple(item) + (values.UNKNOWN,) * self.count)[: self.count]
        if self._get is not None:
            return self._get(item)
        return [values.MISSING if at is None else depth if at < 0 else item[at] for at in self.indexes]


def _find(field, titles, report):
    if field.title in titles:
        return titles.index(field.title)
    found = [i for i, title in enumerate(titles) if fold(title) == field.column]
    if len(found) > 1:
        report.warnings.append(
            "field %s takes the first of the columns %s" % (field.name, ", ".join(titles[i] for i in found))
        )
    return found[0] if found else None


class Depth(object):
    """The depth of rows by Volatility's rule: no deeper than one below the row
    before."""

    def __init__(self):
        self.last = -1

    def of(self, level):
        self.last = max(0, min(self.last + 1, level))
        return self.last
