"""What modules and classes have under a name, told without running code of theirs."""
import dataclasses
import inspect
import types


class Unknown(object):
    """What can't be told without running."""

    def __repr__(self):
        return "UNKNOWN"


UNKNOWN = Unknown()

class Instance(object):
    """`self`: an object of a class, of which nothing else is known."""

    def __init__(self, owner):
        self.owner = owner


class Super(object):
    """`super()` in a method of `below`, of an object of the class owner."""

    def __init__(self, owner, below):
        self.owner, self.below = owner, below


class Member(object):
    """What a class has under a name, for an object of the class owner."""

    def __init__(self, value, owner):
        self.value, self.owner = value, owner


def attribute(of, name):
    """An attribute, without running code of anybody's."""
    if isinstance(of, Instance):
        if of.owner is None:
            return UNKNOWN
        return member(of.owner, of.owner.__mro__, name)
    if isinstance(of, Super):
        mro = of.owner.__mro__
        return member(of.owner, mro[mro.index(of.below) + 1 :], name)
    if inspect.isclass(of):
        found = member(of, of.__mro__, name)
        if isinstance(found, Member) and inspect.isfunction(found.value):
            return found.value  # called with an object of its own
        return found
    if isinstance(of, types.ModuleType):
        return vars(of).get(name, UNKNOWN)
    return UNKNOWN


def member(owner, classes, name):
    for each in classes:
        if name in vars(each):
            value = vars(each)[name]
            if inspect.isfunction(value) or isinstance(value, (classmethod, staticmethod)):
                return Member(value, owner)
            return UNKNOWN if hasattr(value, "__get__") and not inspect.isclass(value) else value
    return UNKNOWN


def argument_of(called, node, steps):
    """The argument that an attribute or element of a new object is, or None."""
    names = list(getattr(called, "_fields", ())) or fields_of(called)
    if not steps or not names:
        return None
    step = steps[0]
    if isinstance(step, int) and issubclass(called, tuple) and step < len(names):
        name = names[step]
    elif isinstance(step, str) and step.startswith("."):
        name = step[1:]
    else:
        return None
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    place = names.index(name) if name in names else len(node.args)
    return node.args[place] if place < len(node.args) else None


def fields_of(called):
    """The names of a data class's fields, in order; none of what is no such class."""
    if not inspect.isclass(called) or not dataclasses.is_dataclass(called):
        return []
    return [field.name for field in dataclasses.fields(called)]
