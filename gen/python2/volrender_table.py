"""The table model: which column a field takes, and how deep a row stands.

Works under Python 2.7 and 3.
"""
from . import volrender_fast as fast
from . import volrender_values as values
from .volrender_fields import fold
from .volrender_rows import Refused


class Columns(object):
    """Which column of a plugin's table each field of a writer's message takes, and
    rows(pairs), which writes rows of the table as they come: pairs of depth and item.

    hidden are indexes of columns that the user asked not to see.
    """

    def __init__(self, out, plugin, titles, hidden=()):
        self.count, self.report = len(titles), out.report
        self.indexes, missing = [], []
        for field in out.message.valued:
            at = fast.DEPTH if field.depth else _find(field, titles, out.report)
            if at is None:
                missing.append(field)
            self.indexes.append(None if at in hidden else at)
        if missing:
            none = len(missing) == sum(not f.depth for f in out.message.valued)
            told = missing if none else [f for f in missing if not f.sometimes]
            if told:
                self._tell(out.message, plugin, titles, told, none or out.strict)
        self.deep = fast.DEPTH in self.indexes
        self.rows = fast.by_columns(out, self.indexes, self.count, self.mended)

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
            self.report.warn(
                "%s: field %s stays unset, since %s has no column %s; %s"
                % (message.full_name, field.name, plugin, field.title, there)
            )

    def mended(self, item):
        """A row with as many values as there are columns."""
        if len(item) != self.count:
            self.report.lose("(row)", "%d values for %d columns" % (len(item), self.count))
        return (tuple(item) + (values.UNKNOWN,) * self.count)[: self.count]


def _find(field, titles, report):
    if field.title in titles:
        return titles.index(field.title)
    found = [i for i, title in enumerate(titles) if fold(title) == field.column]
    if len(found) > 1:
        report.warn(
            "field %s takes the first of the columns %s" % (field.name, ", ".join(titles[i] for i in found))
        )
    return found[0] if found else None


def depths(rows):
    """Pairs of depth and item, for pairs of level and item, by Volatility's rule: no
    row is deeper than one below the row before."""
    last = -1
    for level, item in rows:
        last = min(level, last + 1) if level > 0 else 0
        yield last, item
