"""What a plugin is given in place of memory when it is asked for its columns: objects
that take whatever is done with them, and hold nothing."""
import itertools


class Anything(object):
    """Stands for any object. It has every attribute and is empty."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __setattr__(self, _name, _value):
        pass

    __delattr__ = __delitem__ = lambda self, _name: None

    def __setitem__(self, _name, _value):
        pass

    def _same(self, *_args, **_keywords):
        return self

    __call__ = __getitem__ = __enter__ = __round__ = _same
    __add__ = __sub__ = __mul__ = __mod__ = __floordiv__ = __truediv__ = _same
    __radd__ = __rsub__ = __rmul__ = __rmod__ = __rfloordiv__ = __rtruediv__ = _same
    __and__ = __or__ = __xor__ = __lshift__ = __rshift__ = __invert__ = __neg__ = __pos__ = _same
    __rand__ = __ror__ = __rxor__ = __rlshift__ = __rrshift__ = __iadd__ = __ior__ = __iand__ = _same

    def __exit__(self, *_error):
        return False

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return True

    def __contains__(self, _item):
        return False

    def __index__(self):
        return 0

    __int__ = __index__

    def __float__(self):
        return 0.0

    def __bytes__(self):
        return b""

    def __str__(self):
        return ""

    __repr__ = __str__

    def __format__(self, _how):
        return ""

    __hash__ = object.__hash__

    def __lt__(self, _other):
        return False

    __gt__ = __le__ = __ge__ = __lt__


class Configuration(Anything):
    """A plugin's configuration: its options' values, and anything for all else."""

    def __init__(self, values):
        object.__setattr__(self, "_values", values)

    def __getitem__(self, name):
        return self._values.get(name, Anything())

    def get(self, name, default=None):
        return self._values[name] if name in self._values else default

    def __contains__(self, name):
        return name in self._values


def settings(plugin, requirements, is_option):
    """The options to ask a plugin with: none, each alone, and all of them. As long as
    there are few, all combinations of those that are yes or no."""
    options = [each for each in plugin.get_requirements() if is_option(each, requirements)]
    plain = dict((each.name, each.default) for each in options)
    given = dict((each.name, contrary(each, requirements)) for each in options)
    yield plain
    for name in given:
        yield dict(plain, **{name: given[name]})
    if len(given) > 1:
        yield given
    flags = [each.name for each in options if isinstance(each, requirements.BooleanRequirement)]
    if 1 < len(flags) <= FLAGS:
        for chosen in itertools.product((False, True), repeat=len(flags)):
            yield dict(plain, **dict(zip(flags, chosen)))


# With so many flags all their combinations are tried.
FLAGS = 3


def contrary(requirement, requirements):
    """A value of an option that is not its default."""
    if isinstance(requirement, requirements.BooleanRequirement):
        return not requirement.default
    if isinstance(requirement, requirements.ChoiceRequirement):
        others = [each for each in requirement.choices if each != requirement.default]
        return others[0] if others else requirement.default
    if isinstance(requirement, requirements.ListRequirement):
        return [requirement.element_type()]
    return 1 if getattr(requirement, "instance_type", str) is int else "1"
