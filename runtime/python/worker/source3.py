"""The source of Volatility 3's functions, and what names in it mean.

What a name means is told by the modules as they were imported: a constant of another
module, or a method of a base class, is looked up and not searched for.
"""
import ast
import builtins
import inspect
import sys

from .facts3 import FUNCTIONS, Facts
from .members3 import UNKNOWN, Instance, Member, Super, attribute


class Function(object):
    """A function's source. owner is the class of the `self` or `cls` that it gets, or
    None; outer the scope that it is defined in, where that is a function's."""

    def __init__(self, node, names, owner=None, bound=False, outer=None, where=None):
        self.node, self.globals, self.owner, self.bound = node, names, owner, bound
        self.outer, self.where = outer, where
        self.key = (id(node), owner, bound)
        args = node.args
        every = getattr(args, "posonlyargs", []) + args.args + args.kwonlyargs + [args.vararg, args.kwarg]
        self.every_parameter = frozenset(each.arg for each in every if each is not None)

    @property
    def name(self):
        return getattr(self.node, "name", "<lambda>")

    @property
    def parameters(self):
        """The names that positional arguments get, without `self` or `cls`."""
        named = self.node.args
        names = [each.arg for each in getattr(named, "posonlyargs", []) + named.args]
        return names[1:] if self.bound else names

    @property
    def receiver(self):
        """The name of `self` or `cls`, or None."""
        named = self.node.args
        names = getattr(named, "posonlyargs", []) + named.args
        return names[0].arg if self.bound and names else None


class Library(object):
    """Sources that were read, each once."""

    def __init__(self):
        self._trees = {}
        self._facts, self._functions = {}, {}

    def tree(self, module_name):
        """A module's source as a tree; None where there is none."""
        if module_name not in self._trees:
            self._trees[module_name] = parse(sys.modules.get(module_name))
        return self._trees[module_name]

    def function(self, value, owner=None, bound=None):
        """The source of what a class or a module has under a name, as a Function, or
        None for what is not a function of Python's."""
        try:
            key = (value, owner, bound)
            if key not in self._functions:
                self._functions[key] = self._function(value, owner, bound)
            return self._functions[key]
        except TypeError:  # it can't be a key: no function
            return None

    def _function(self, value, owner, bound):
        if isinstance(value, (staticmethod, classmethod)):
            bound = isinstance(value, classmethod)
            value = value.__func__
        if inspect.ismethod(value):
            owner = value.__self__ if inspect.isclass(value.__self__) else type(value.__self__)
            value, bound = value.__func__, True
        value = inspect.unwrap(value) if callable(value) else value
        if inspect.ismethod(value):
            value = value.__func__
        if not inspect.isfunction(value):
            return None
        node = self._find(value)
        if node is None:
            return None
        if bound is None:
            bound = owner is not None
        return Function(node, value.__globals__, owner, bound, where=value)

    def _find(self, function):
        """The node of a function, by the line that it begins in."""
        index = self._index(function.__module__)
        return index.get((function.__code__.co_firstlineno, function.__name__)) or index.get(
            (function.__code__.co_firstlineno, function.__code__.co_name)
        )

    def _index(self, module_name):
        key = ("index", module_name)
        if key not in self._facts:
            tree, index = self.tree(module_name), {}
            for node in definitions(tree) if tree else ():
                first = min([node.lineno] + [each.lineno for each in node.decorator_list])
                index[first, node.name] = node
            self._facts[key] = index
        return self._facts[key]

    def facts(self, function):
        """What a function's body says of its names: a Facts."""
        if id(function.node) not in self._facts:
            self._facts[id(function.node)] = Facts(function.node)
        return self._facts[id(function.node)]

    def class_node(self, owner):
        """The source of a class, or None."""
        tree = self.tree(owner.__module__)
        found = [tree] if tree else []
        for part in owner.__qualname__.split("."):
            found = [
                each
                for node in found
                for each in ast.iter_child_nodes(node)
                if isinstance(each, ast.ClassDef) and each.name == part
            ]
        return found[-1] if found else None


def parse(module):
    if module is None:
        return None
    try:
        loader = getattr(module, "__loader__", None)
        return ast.parse(loader.get_source(module.__name__))
    except Exception:  # compiled only, or of a loader that has no source
        return None


def definitions(node):
    """The functions that are defined in a tree, however deep."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS[:2]):
            yield child
        if isinstance(child, (ast.stmt, ast.ExceptHandler)) and not isinstance(child, SIMPLE):
            for each in definitions(child):
                yield each


# Statements that hold no others.
SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise, ast.Import, ast.ImportFrom, ast.Assert)


class Scope(object):
    """A function's names for one call of it. bound are its parameters' values, by name:
    (expression, scope) pairs."""

    def __init__(self, library, function, bound=None, depth=0):
        self.library, self.function, self.bound, self.depth = library, function, bound or {}, depth
        self.facts = library.facts(function)

    def is_local(self, name):
        return name in self.facts.assigned or name in self.facts.functions or name in self.function.every_parameter

    def owning(self, name):
        """The scope that a name belongs to: this one, one around it, or None for the
        module's."""
        scope = self
        while scope is not None and not scope.is_local(name):
            scope = scope.function.outer
        return scope

    def value(self, node):
        """What an expression is, where its names tell: an object, an Instance, a
        Function of this source, or UNKNOWN."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Attribute):
            return attribute(self.value(node.value), node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
            return self._super()
        return UNKNOWN

    def _super(self):
        owner, where = self.function.owner, self.function.where
        if owner is None or where is None:
            return UNKNOWN
        name = where.__qualname__.rpartition(".")[0].rpartition(".")[2]
        for below in owner.__mro__:
            if below.__name__ == name and below.__module__ == where.__module__:
                return Super(owner, below)
        return UNKNOWN

    def _named(self, name):
        scope = self.owning(name)
        if scope is None:
            found = self.function.globals.get(name, UNKNOWN)
            return getattr(builtins, name, UNKNOWN) if found is UNKNOWN else found
        return scope.own(name)

    def own(self, name):
        """The value of a local name."""
        function = self.function
        if name in self.facts.functions:
            return Function(self.facts.functions[name], function.globals, function.owner, False, self, function.where)
        if name == function.receiver and name not in self.facts.assigned:
            takes_class = any(getattr(each, "id", "") == "classmethod" for each in function.node.decorator_list)
            return function.owner if takes_class else Instance(function.owner)
        if name in self.bound and name not in self.facts.assigned:
            expression, scope = self.bound[name]
            return scope.value(expression)
        if name in function.every_parameter:
            return UNKNOWN
        set_to = self.facts.assigned.get(name, ())
        if len(set_to) == 1 and not set_to[0][1] and isinstance(set_to[0][0], (ast.Name, ast.Attribute)):
            if not mentions(set_to[0][0], name):
                return self.value(set_to[0][0])
        return UNKNOWN

    def called(self, node):
        """What a call calls: a Function, a class, another object, or UNKNOWN."""
        return self.callee(self.value(node.func))

    def callee(self, value):
        if isinstance(value, Function) or value is UNKNOWN or inspect.isclass(value):
            return value
        if isinstance(value, Member):
            return self.library.function(value.value, value.owner) or value.value
        return self.library.function(value) or value

    def inside(self, function, call):
        """The scope of a function that is called here."""
        bound, args = {}, function.node.args
        for parameter, argument in zip(function.parameters, call.args):
            if isinstance(argument, ast.Starred):
                break
            bound[parameter] = (argument, self)
        for keyword in call.keywords:
            if keyword.arg:
                bound[keyword.arg] = (keyword.value, self)
        plain = getattr(args, "posonlyargs", []) + args.args
        defaults = list(zip(reversed(plain), reversed(args.defaults)))
        defaults += [pair for pair in zip(args.kwonlyargs, args.kw_defaults) if pair[1] is not None]
        for parameter, default in defaults:
            bound.setdefault(parameter.arg, (default, Module(self.library, function)))
        return Scope(self.library, function, bound, self.depth + 1)


class Module(object):
    """The names around a function: where its defaults are evaluated."""

    def __init__(self, library, function):
        self.library, self.function, self.depth = library, function, 0
        self.facts = Facts(ast.Lambda(body=ast.Constant(value=None)))

    def owning(self, _name):
        return None

    value, _named, called, callee = Scope.value, Scope._named, Scope.called, Scope.callee

    def _super(self):
        return UNKNOWN


def mentions(node, name):
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))
