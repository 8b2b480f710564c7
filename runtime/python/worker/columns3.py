"""The columns that a plugin's source gives its table, over all ways through run().

The source is gone through as it would run, with what is not known left open: where a
condition is not known both branches are followed. What matters are lists of columns
and what they are made of; all else is UNKNOWN, and costs nothing.
"""
import ast

from . import expressions3
from .expressions3 import STEPS, WAYS, Grid, TooMuch, bind, list_of
from .members3 import UNKNOWN
from .source3 import Scope

# How a way through some statements ends, but by returning.
ON, NEXT, LEFT, RAISED = "on", "next", "left", "raised"


def grids(library, function, is_grid):
    """The Grids that a function may return. is_grid tells the class of TreeGrids."""
    reader = Reader(library, is_grid)
    found = []
    for value in reader.returned(Scope(library, function), {}):
        if isinstance(value, Grid) and all(value.columns != each.columns for each in found):
            found.append(value)
    return found


class Reader(expressions3.Expressions):
    """Follows statements."""

    def returned(self, scope, names):
        """What a call may return; names are what is known of its parameters."""
        body = scope.function.node.body
        if isinstance(scope.function.node, ast.Lambda):
            return self.values(body, names, scope)
        found = []
        for _names, end in self.block(body, names, scope):
            if isinstance(end, Returned):
                found.append(end.value)
        return found

    # Statements: each takes what names are, and gives the ways on: (names, end) pairs.

    def block(self, statements, names, scope):
        ways = [(names, ON)]
        for statement in statements:
            after = []
            for names, end in ways:
                after += self.statement(statement, names, scope) if end is ON else [(names, end)]
            ways = distinct(after)
        return ways

    def statement(self, node, names, scope):
        self._steps += 1
        if self._steps > STEPS:
            raise TooMuch()
        way = getattr(self, "_" + type(node).__name__.lower(), None)
        return way(node, names, scope) if way else [(names, ON)]

    def _return(self, node, names, scope):
        if node.value is None:
            return [(names, Returned(None))]
        return [(names, Returned(value)) for value in self.values(node.value, names, scope)]

    def _raise(self, _node, names, _scope):
        return [(names, RAISED)]

    def _break(self, _node, names, _scope):
        return [(names, LEFT)]

    def _continue(self, _node, names, _scope):
        return [(names, NEXT)]

    def _expr(self, node, names, scope):
        changed = self._changed(node.value, names, scope)
        if changed is not None:
            return changed
        self.values(node.value, names, scope)
        return [(names, ON)]

    def _changed(self, node, names, scope):
        """The ways on from a call that changes a list, or None."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        of, how = node.func.value, node.func.attr
        if not isinstance(of, ast.Name) or not isinstance(names.get(of.id), tuple) or node.keywords:
            return None
        ways = []
        for arguments in self.each(node.args, names, scope):
            now = changed(names[of.id], how, arguments)
            ways.append((dict(names, **{of.id: now}), ON))
        return ways

    def _assign(self, node, names, scope):
        ways = []
        for value in self.values(node.value, names, scope):
            known = dict(names)
            for target in node.targets:
                bind(known, target, value)
            ways.append((known, ON))
        return ways

    def _annassign(self, node, names, scope):
        if node.value is None:
            return [(names, ON)]
        return self._assign(ast.Assign(targets=[node.target], value=node.value), names, scope)

    def _augassign(self, node, names, scope):
        if not isinstance(node.target, ast.Name):
            return [(names, ON)]
        whole = ast.BinOp(left=ast.Name(id=node.target.id, ctx=ast.Load()), op=node.op, right=node.value)
        return self._assign(ast.Assign(targets=[node.target], value=whole), names, scope)

    def _if(self, node, names, scope):
        ways = []
        for outcome in self.outcomes(node.test, names, scope):
            ways += self.block(node.body if outcome else node.orelse, names, scope)
        return ways

    def _for(self, node, names, scope):
        ways = []
        for iterable in self.values(node.iter, names, scope):
            elements = list_of(iterable)
            if elements is None:
                ways += self._perhaps(node, names, scope)
            else:
                ways += self._through(node, elements, names, scope)
        return ways

    def _perhaps(self, node, names, scope):
        """A loop of which it is not known how often: never, or once."""
        known = dict(names)
        if isinstance(node, ast.For):
            bind(known, node.target, UNKNOWN)
        once = self.block(node.body, known, scope)
        return self._left([(names, ON)] + once, node, scope)

    _while = _perhaps

    def _through(self, node, elements, names, scope):
        going, over = [(names, ON)], []
        for element in elements:
            after = []
            for names, _end in going:
                known = dict(names)
                bind(known, node.target, element)
                after += self.block(node.body, known, scope)
            over += [way for way in after if way[1] not in (ON, NEXT)]
            going = distinct([(names, ON) for names, end in after if end in (ON, NEXT)])
        return self._left(going + over, node, scope)

    def _left(self, ways, node, scope):
        after = []
        for names, end in ways:
            if end in (ON, NEXT):
                after += self.block(node.orelse, names, scope)
            else:
                after.append((names, ON if end is LEFT else end))
        return distinct(after)

    def _try(self, node, names, scope):
        ways = []
        for known, end in self.block(node.body, names, scope):
            if end is ON:
                ways += self.block(node.orelse, known, scope)
            elif end is not RAISED:
                ways.append((known, end))
        for handler in node.handlers:
            if ways and not any(isinstance(each, TELLING) for each in handler.body):
                continue  # it passes over what has failed
            ways += self.block(handler.body, names, scope)
        after = []
        for known, end in ways:
            for finally_known, finally_end in self.block(node.finalbody, known, scope):
                after.append((finally_known, end if finally_end is ON else finally_end))
        return distinct(after)

    _trystar = _try

    def _with(self, node, names, scope):
        known = dict(names)
        for item in node.items:
            if item.optional_vars is not None:
                bind(known, item.optional_vars, UNKNOWN)
        return self.block(node.body, known, scope)


class Returned(object):
    def __init__(self, value):
        self.value = value


# Statements that tell something: what passes over a failure, or logs it, does not.
TELLING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.If, ast.For, ast.With, ast.Try)

def changed(before, how, arguments):
    """A list after its method was called."""
    if how == "append" and len(arguments) == 1:
        return before + arguments
    if how == "extend" and len(arguments) == 1 and list_of(arguments[0]) is not None:
        return before + tuple(list_of(arguments[0]))
    if how == "insert" and len(arguments) == 2 and isinstance(arguments[0], int):
        return before[: arguments[0]] + arguments[1:] + before[arguments[0] :]
    return UNKNOWN


def distinct(ways):
    """Ways without those that have the same names and end."""
    found = []
    for names, end in ways:
        if not any(end_is(end, other) and names == known for known, other in found):
            found.append((names, end))
    if len(found) > WAYS:
        raise TooMuch()
    return found


def end_is(one, other):
    if isinstance(one, Returned) and isinstance(other, Returned):
        return one.value is other.value
    return one is other
