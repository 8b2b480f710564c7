"""What modules and classes have under a name, told without running code of theirs."""
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
