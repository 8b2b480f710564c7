"""Messages as tables of their fields.

Works under Python 2.7 and 3.
"""
from . import volrender_wire as wire


class UnfitType(TypeError):
    """An attribute of a type that its field does not take."""


class UnfitValue(ValueError):
    """An attribute that its field can't hold."""


class Shape(object):
    """A message type. fields is a function that returns its fields, as the .proto
    has them: it is called when they are first needed, since messages may have one
    another.

    declared has the fields in that order; fields has them by number, which is how
    they are written.
    """

    def __init__(self, full_name, fields):
        self.full_name, self._list = full_name, fields

    def __getattr__(self, name):
        if name not in ("declared", "fields", "by_number", "by_name", "oneofs"):
            raise AttributeError(name)
        self.declared = list(self._list())
        self.fields = sorted(self.declared, key=lambda field: field.number)
        self.by_number = dict((field.number, field) for field in self.fields)
        self.by_name = dict((field.name, field) for field in self.fields)
        self.oneofs = oneofs(self.fields)
        return getattr(self, name)

    def encode(self, parts):
        """The bytes of a message, for the values of its fields."""
        return wire.join([field.encode(part) for field, part in zip(self.fields, parts)])

    def check(self, row, level=0):
        """The values of a program's row, as encode takes them."""
        parts = []
        for field in self.fields:
            value = getattr(row, field.attr)
            try:
                parts.append(None if value is None else field.check(value, level))
            except (TypeError, ValueError) as error:
                raise self.unfit(field, error)
        return parts

    def unfit(self, field, error):
        """What is raised for an error, which may tell no field yet."""
        if isinstance(error, (UnfitType, UnfitValue)):
            return error
        told = UnfitType if isinstance(error, TypeError) else UnfitValue
        told = told("%s of %s: %s" % (field.attr, self.full_name, error))
        told.__cause__ = None  # Python 3 need not show what it was
        return told

    def readers(self, cls):
        """What sets the fields of rows of the class, by tag: functions, and the fields
        that are messages."""
        try:
            return self._readers
        except AttributeError:
            takes, opens = {}, {}
            for field in self.fields:
                field.readers(takes, opens, cls)
            self._readers = takes, opens
            return self._readers

    def reaches_required(self):
        """Whether a row can lack a field that must be there, in any message."""
        try:
            return self._required
        except AttributeError:
            seen, shapes = set(), [self]
            while shapes:
                shape = shapes.pop()
                if shape not in seen:
                    seen.add(shape)
                    shapes += [found for field in shape.fields for found in field.shapes()]
            self._required = any(field.required for shape in seen for field in shape.fields)
            return self._required


def oneofs(fields):
    """The indexes of the members of each oneof, by its name."""
    found = {}
    for i, field in enumerate(fields):
        if field.oneof:
            found.setdefault(field.oneof, []).append(i)
    return found


def settle(fields, members, parts, lose):
    """Leaves the last member of each oneof that has a value, and tells of the
    others: lose(field, reason)."""
    for name, indexes in sorted(members.items()):
        given = [i for i in indexes if parts[i] is not None]
        for i in given[:-1]:
            parts[i] = None
            lose(fields[i].name, "another member of oneof %s is set" % name)
