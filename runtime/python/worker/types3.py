"""The types of a symbol space, resolved as they are used.

When Volatility is asked for a type, it resolves at once all that can be reached from
it: a thousand types for a process, which takes longer than most plugins do, and of
which a plugin uses a few dozen. Here a reference is resolved when it is followed.

What Volatility resolved stays as it was when a plugin then sets other classes for
types (NetSymbols.apply does). So before another class is set, all that would have
been resolved by then is.
"""
import functools

from volatility3.framework import exceptions, symbols
from volatility3.framework.objects import templates
from volatility3.framework.symbols import intermed


class Later(templates.ReferenceTemplate):
    """What stands for a type until it is used, and hands all on to it then."""

    def __init__(self, type_name, space):
        super().__init__(type_name=type_name)
        self._space = space
        self._type = None

    def resolve(self):
        """The type, or None where there is none of that name."""
        if self._type is None:
            self._type = resolve(self._space, self._vol["type_name"])
        return self._type

    def _resolved(self):
        """The type. Raises Volatility's own error where there is none."""
        return self.resolve() or self._unresolved()

    @property
    def vol(self):
        found = self.resolve()
        return found.vol if found else super().vol

    @property
    def children(self):
        found = self.resolve()
        return found.children if found else []

    @property
    def size(self):
        return (self._type or self._resolved()).size

    def relative_child_offset(self, child):
        return self._resolved().relative_child_offset(child)

    def child_template(self, child):
        return self._resolved().child_template(child)

    def replace_child(self, old_child, new_child):
        return self._resolved().replace_child(old_child, new_child)

    def has_member(self, member_name):
        return self._resolved().has_member(member_name)

    def clone(self):
        found = self.resolve()
        return found.clone() if found else templates.ReferenceTemplate(self._vol["type_name"])

    def update_vol(self, **new_arguments):
        found = self.resolve()
        (found.update_vol if found else super().update_vol)(**new_arguments)

    def __getattr__(self, attr):
        if attr.startswith("__") or attr in ("_vol", "_space", "_type"):
            raise AttributeError(attr)
        return getattr(self.resolve() or super(), attr)

    def __call__(self, context, object_info):
        found = self._type or self.resolve()
        return found(context, object_info) if found else super().__call__(context, object_info)


class Types(dict):
    """The types that a command resolved, for SymbolSpace._resolved. Those that its
    parent resolved before are there when they are asked for."""

    def __init__(self, inherited):
        dict.__init__(self)
        self._inherited = inherited
        self.new = []
        self.settled = False

    def __contains__(self, name):
        if dict.__contains__(self, name):
            return True
        found = self._inherited.get(name)
        if found is None:
            return False
        self[name] = found
        return True

    def disinherit(self):
        """From now on types are others than the parent's."""
        self._inherited = {}
        self.settled = True


def resolve(space, name):
    """The type of a name; None where there is none, which is noted as Volatility does."""
    try:
        return space.get_type(name)
    except exceptions.SymbolError:
        space._resolved.setdefault(name, space.UnresolvedTemplate(name))
        return None


def resolve_later(space, names):
    """In place of SymbolSpace._iterative_resolve: what the types refer to is resolved
    when it is used."""
    for name in names:
        for member in space._resolved[name].children:
            postpone(space, member)
        if isinstance(space._resolved, Types) and not space._resolved.settled:
            space._resolved.new.append(name)


def postpone(space, template):
    """Puts a Later in the place of each reference below a template. Those that are
    members themselves Volatility resolves when they are used."""
    for child in template.children:
        if isinstance(child, Later):
            continue
        if isinstance(child, templates.ReferenceTemplate):
            template.replace_child(child, Later(child.vol.type_name, space))
        else:
            postpone(space, child)


def settle(space):
    """Resolves all that the types resolved so far refer to."""
    types = space._resolved
    if getattr(space, "volint_settled", None) == (id(types), len(types)):
        return  # nothing was resolved since
    for _name in reach(space):
        pass
    if isinstance(types, Types):
        types.disinherit()
    space.volint_settled = id(types), len(types)


def reach(space):
    """Resolves what the types resolved so far refer to, one after the other: yields
    their names."""
    waiting, seen = list(space._resolved.values()), set()
    while waiting:
        template = waiting.pop()
        if id(template) in seen:
            continue
        seen.add(id(template))
        found = None
        if isinstance(template, Later):
            found = template.resolve()
        elif isinstance(template, space.UnresolvedTemplate):
            continue
        elif isinstance(template, templates.ReferenceTemplate):
            found = resolve(space, template.vol.type_name)
        else:
            waiting.extend(template.children)
        if found is not None:
            waiting.append(found)
            yield found.vol.type_name


def settling(stock):
    """A table's method that changes the class of a type, with all settled before."""

    @functools.wraps(stock)
    def changed(table, name, *clazz):
        space = table.context.symbol_space
        # A table that is being made is in no space yet. Of a type that there is not,
        # no class can be set.
        if table.name in space and space[table.name] is table:
            if (not clazz or table.get_type_class(name) is not clazz[0]) and name in table.types:
                settle(space)
        return stock(table, name, *clazz)

    return changed


def install():
    """Makes all symbol spaces resolve as types are used."""
    if symbols.SymbolSpace._iterative_resolve is resolve_later:
        return
    symbols.SymbolSpace._iterative_resolve = resolve_later
    for name in ("set_type_class", "del_type_class"):
        stock = getattr(intermed.IntermediateSymbolTable, name)
        setattr(intermed.IntermediateSymbolTable, name, settling(stock))
