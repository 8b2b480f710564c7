"""Where a value in a function's source may come from, whatever the order of statements.

Steps say which part of a value is meant: a number or EACH for an element, ".name" for an
attribute, ("key", k) for an item of a dictionary. Origins are the expressions that are
left when names, choices and calls of known functions are followed.
"""
import ast
import dataclasses
import inspect

from . import members3
from .facts3 import EACH, ENTERED
from .members3 import UNKNOWN, Instance
from .source3 import Function, Scope

# How far calls are followed, and how many expressions one question may cost; and one
# that comes up in between.
DEPTH, BUDGET, SIDE = 6, 2000, 200

# The step to any item of a dictionary.
ANY = ("key", None)

# Methods that many classes have say nothing of a value by their name.
COMMON = 4


class Origin(object):
    """An expression that is followed no further, and the part of it that is meant.
    within are the names of the functions that led there."""

    def __init__(self, node, scope, steps, within):
        self.node, self.scope, self.steps, self.within = node, scope, steps, within

    @property
    def called(self):
        return self.scope.called(self.node) if isinstance(self.node, ast.Call) else None


class Flow(object):
    """methods finds functions by the name of a method, for objects of which nothing is
    known."""

    def __init__(self, library, methods):
        self.library, self.methods = library, methods
        self._inside, self._own, self._asides = {}, {}, {}
        self._at = {}
        self._left = 0
        self._within = ()

    def origins(self, node, scope, steps=(), at=None):
        """The Origins of an expression's part. at fixes loops: by what they go through,
        the number of the element that is meant."""
        self._left, self._at = BUDGET, at or {}
        return self._origins(node, scope, tuple(steps), ())

    def _origins(self, node, scope, steps, within):
        found, seen, waiting = [], set(), [(node, scope, steps, within)]
        while waiting and self._left > 0:
            node, scope, steps, within = waiting.pop()
            key = (id(node), id(scope), steps)
            if key in seen:
                continue
            seen.add(key)
            self._left -= 1
            self._within = within
            follow = getattr(self, "_of_" + type(node).__name__.lower(), None)
            sources = follow(node, scope, steps) if follow else None
            if sources is None:
                found.append(Origin(node, scope, steps, within))
                continue
            for source in reversed(sources):
                waiting.append(source if len(source) == 4 else source + (within,))
        return found

    # Each gives what one kind of expression comes from, as (expression, scope, steps), or
    # None.

    def _of_name(self, node, scope, steps):
        owner = scope.owning(node.id)
        if owner is None:
            return None
        facts, sources = owner.facts, []
        for expression, path in facts.assigned.get(node.id, ()):
            if path[:1] == (EACH,) and id(expression) in self._at:
                path = (self._at[id(expression)],) + path[1:]
            sources.append((expression, owner, path + steps))
        if steps:
            for expression, many in facts.added.get(node.id, ()):
                sources.append((expression, owner, steps if many else steps[1:]))
            for key, expression in facts.stored.get(node.id, ()):
                if steps[0] == ("key", key) or steps[0] == ANY or key is None:
                    sources.append((expression, owner, steps[1:]))
        bound = getattr(owner, "bound", {}).get(node.id)
        if bound:
            sources.append(bound + (steps,))
        return sources or None

    def _of_attribute(self, node, scope, steps):
        base = scope.value(node.value)
        if isinstance(base, Instance) and base.owner is not None:
            sources = self._of_own(base.owner, node.attr, steps)
            if sources:
                return sources
        if base is not UNKNOWN and scope.value(node) is not UNKNOWN:
            return None
        return [(node.value, scope, ("." + node.attr,) + steps)]

    def _of_own(self, owner, name, steps):
        """The sources of an attribute of `self`: a property, or what methods set."""
        for each in owner.__mro__:
            value = vars(each).get(name)
            if isinstance(value, property):
                function = self.library.function(value.fget, owner)
                return self._results(function, self._scope(function), steps) if function else []
        return [(expression, scope, path + steps) for expression, scope, path in self._attributes(owner).get(name, ())]

    def _attributes(self, owner):
        """What the methods of a class and of those above it set attributes to, by name."""
        if owner not in self._own:
            self._own[owner] = found = {}
            for each in [value for above in owner.__mro__ for value in vars(above).values()]:
                function = self.library.function(each, owner) if inspect.isfunction(each) else None
                for name, sources in self.library.facts(function).attributes.items() if function else ():
                    scope = self._scope(function)
                    found.setdefault(name, []).extend((node, scope, path) for node, path in sources)
        return self._own[owner]

    def _scope(self, function):
        """The scope of a function that is called from elsewhere."""
        if function.key not in self._inside:
            self._inside[function.key] = Scope(self.library, function, {}, 1)
        return self._inside[function.key]

    def _of_ifexp(self, node, scope, steps):
        return [(node.body, scope, steps), (node.orelse, scope, steps)]

    def _of_boolop(self, node, scope, steps):
        return [(each, scope, steps) for each in node.values]

    def _of_namedexpr(self, node, scope, steps):
        return [(node.value, scope, steps)]

    _of_starred = _of_await = _of_namedexpr

    def _of_tuple(self, node, scope, steps):
        if not steps:
            return None
        if steps[0] == EACH:
            return [(each, scope, steps if isinstance(each, ast.Starred) else steps[1:]) for each in node.elts]
        if isinstance(steps[0], int) and -len(node.elts) <= steps[0] < len(node.elts):
            if not any(isinstance(each, ast.Starred) for each in node.elts):
                return [(node.elts[steps[0]], scope, steps[1:])]
        return None

    _of_list = _of_set = _of_tuple

    def _of_dict(self, node, scope, steps):
        if not steps or not isinstance(steps[0], tuple):
            return None
        wanted = steps[0][1]
        return [
            (value, scope, steps[1:])
            for key, value in zip(node.keys, node.values)
            if wanted is None or not isinstance(key, ast.Constant) or key.value == wanted
        ]

    def _of_subscript(self, node, scope, steps):
        index = node.slice.value if type(node.slice).__name__ == "Index" else node.slice
        if isinstance(index, ast.Slice):
            return None
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub) and isinstance(index.operand, ast.Constant):
            index = ast.Constant(value=-index.operand.value)
        if isinstance(index, ast.Constant) and type(index.value) is int:
            return [(node.value, scope, (index.value,) + steps)]
        key = index.value if isinstance(index, ast.Constant) else None
        return [(node.value, scope, (("key", key),) + steps)]

    def _of_listcomp(self, node, scope, steps):
        return [(node.elt, scope, steps[1:])] if steps else None

    _of_generatorexp = _of_setcomp = _of_listcomp

    def _of_dictcomp(self, node, scope, steps):
        return [(node.value, scope, steps[1:])] if steps and isinstance(steps[0], tuple) else None

    def _of_binop(self, node, scope, steps):
        if isinstance(node.op, ast.Add) and steps and steps[0] == EACH:
            return [(node.left, scope, steps), (node.right, scope, steps)]
        return None

    def _of_call(self, node, scope, steps):
        called = scope.called(node)
        if scope.value(node.func) is dataclasses.astuple:
            return self._field(node, scope, steps)
        if isinstance(called, Function):
            return self._into(called, self._inside_of(called, node, scope), steps)
        if inspect.isclass(called) or inspect.isbuiltin(called):
            passed = self._through(called, node, scope, steps)
            if passed is not None:
                return passed
        if inspect.isclass(called):
            argument = members3.argument_of(called, node, steps)
            return [(argument, scope, steps[1:])] if argument is not None else None
        if called is UNKNOWN:
            return self._chosen(node, scope, steps) or self._method(node, scope, steps)
        return None

    def _field(self, node, scope, steps):
        """A field of an object of a data class, by its place."""
        sources = []
        if not node.args or not steps or not isinstance(steps[0], int):
            return None
        for origin in self._aside(node.args[0], scope):
            names = members3.fields_of(origin.called)
            if not origin.steps and steps[0] < len(names):
                argument = members3.argument_of(origin.called, origin.node, ("." + names[steps[0]],))
                sources += [(argument, origin.scope, steps[1:])] if argument is not None else []
        return sources or None

    def _aside(self, node, scope):
        """The Origins of an expression that is not itself asked for."""
        key = (id(node), id(scope))
        if key not in self._asides:
            self._asides[key] = []
            left, within, self._left = self._left, self._within, SIDE
            self._asides[key] = self._origins(node, scope, (), within)
            self._left, self._within = left, within
        return self._asides[key]

    def _chosen(self, node, scope, steps):
        """A call of a function that was put somewhere: into a variable, an attribute of
        `self`, a dictionary."""
        if isinstance(node.func, ast.Attribute) and not isinstance(scope.value(node.func.value), Instance):
            return None
        sources = []
        for origin in self._aside(node.func, scope):
            function = origin.scope.callee(origin.scope.value(origin.node)) if not origin.steps else None
            if isinstance(function, Function):
                sources += self._into(function, self._inside_of(function, node, scope), steps) or []
        return sources

    def _inside_of(self, function, node, scope):
        key = (id(node), id(scope), function.key)
        if key not in self._inside:
            self._inside[key] = scope.inside(function, node)
        return self._inside[key]

    def _into(self, function, inside, steps):
        """The origins of what a function gives, or None where it is not followed."""
        if inside.depth > DEPTH:
            return None
        if self._within.count(function.name) > 1:
            return []  # it calls itself: what it gives is followed already
        sources = self._results(function, inside, steps)
        within = self._within + (function.name,)
        return [source + (within,) for source in sources] or None

    def _results(self, function, inside, steps):
        facts = self.library.facts(function)
        if not facts.generates:
            return [(result, inside, steps) for result in facts.returns]
        if not steps or steps[0] == ENTERED:
            return []
        return [(result, inside, steps if many else steps[1:]) for result, many in facts.yields]

    def _through(self, called, node, scope, steps):
        """The sources behind a call of Python's own, or None."""
        args = [each for each in node.args if not isinstance(each, ast.Starred)]
        if called in SAME and args:
            return [(args[0], scope, steps)]
        if called is next and args:
            return [(args[0], scope, (EACH,) + steps)] + [(each, scope, steps) for each in args[1:]]
        if called is filter and len(args) == 2:
            return [(args[1], scope, steps)]
        if called is enumerate and len(steps) > 1 and steps[1] == 1 and args:
            return [(args[0], scope, steps[:1] + steps[2:])]
        if called is zip and len(steps) > 1 and isinstance(steps[1], int) and steps[1] < len(args):
            return [(args[steps[1]], scope, steps[:1] + steps[2:])]
        if called is getattr and len(args) > 1 and isinstance(args[1], ast.Constant):
            return [(args[0], scope, (".%s" % args[1].value,) + steps)] + [(each, scope, steps) for each in args[2:]]
        return None

    def _method(self, node, scope, steps):
        """A method of something that is not known: one of a class that is made in this
        source, or of the only classes that have one of that name."""
        if not isinstance(node.func, ast.Attribute):
            return None
        of, name = node.func.value, node.func.attr
        if not node.args and name == "copy":
            return [(of, scope, steps)]
        if not node.args and name == "values" and steps:
            return [(of, scope, (ANY,) + steps[1:])]
        if not node.args and name == "items" and steps[1:2] == (1,):
            return [(of, scope, (ANY,) + steps[2:])]
        if name in ("get", "pop", "setdefault") and node.args:
            key = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            sources = [(of, scope, (("key", key),) + steps)]
            return sources + [(each, scope, steps) for each in node.args[1:2]]
        functions = self._made(of, scope, name) or self.methods.named(name)
        if len(functions) > COMMON or scope.depth >= DEPTH:
            return None
        sources = []
        for function in functions:
            sources += self._results(function, self._inside_of(function, node, scope), steps)
        return sources + [(NOTHING, scope, ())] if sources else None

    def _made(self, node, scope, name):
        """The methods of that name of the objects that are made in this source, and that
        an expression may be."""
        found = []
        for each in [origin.called for origin in self._aside(node, scope) if inspect.isclass(origin.called)]:
            value = members3.attribute(Instance(each), name)
            if isinstance(value, members3.Member):
                found.append(self.library.function(value.value, value.owner))
        return [each for each in found if each]


NOTHING = ast.Constant(value=None)

# Calls that give the elements of what they are given.
SAME = frozenset([list, tuple, sorted, reversed, iter, set, frozenset])
