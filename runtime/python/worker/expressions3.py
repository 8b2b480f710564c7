"""The values that expressions in the source of run() may have, for columns3."""
import ast
import inspect

from .members3 import UNKNOWN
from .source3 import Function

# How much is followed: ways through one function, calls within calls, elements of what
# is gone through, and steps in all.
WAYS, DEPTH, ELEMENTS, STEPS = 64, 6, 200, 20000
# The statements of a function of another module that is followed.
SMALL = 30


class Grid(object):
    """A TreeGrid that the source makes: its columns as (title, type) pairs, and the
    expression of its rows with the scope that it is in."""

    def __init__(self, columns, rows, scope):
        self.columns, self.rows, self.scope = columns, rows, scope


class TooMuch(Exception):
    """The source has more ways than are followed."""


class Expressions(object):
    """Each method for a kind of expression gives the values that it may have. A Reader
    adds what statements do."""

    def __init__(self, library, is_grid):
        self.library, self.is_grid = library, is_grid
        self._steps = 0
        self._calls = []

    def values(self, node, names, scope):
        look = getattr(self, "_of_" + type(node).__name__.lower(), None)
        found = look(node, names, scope) if look else [UNKNOWN]
        return unique(found)

    def each(self, nodes, names, scope):
        """The lists of values that several expressions may have."""
        lists = [()]
        for node in nodes:
            if isinstance(node, ast.Starred):
                parts = [list_of(value) for value in self.values(node.value, names, scope)]
                parts = [(UNKNOWN,) if part is None else tuple(part) for part in parts]
            else:
                parts = [(value,) for value in self.values(node, names, scope)]
            lists = [before + part for before in lists for part in parts]
            if len(lists) > WAYS:
                raise TooMuch()
        return lists

    def outcomes(self, test, names, scope):
        """What a condition may be. What the whole module has, as whether a package is
        there, is another elsewhere."""
        if not any(isinstance(each, ast.Name) and scope.owning(each.id) is None for each in ast.walk(test)):
            found = self.values(test, names, scope)
            if all(value is None or isinstance(value, (bool, int, str, tuple)) for value in found):
                return sorted(set(bool(value) for value in found), reverse=True)
        return [True, False]

    def _of_constant(self, node, _names, _scope):
        return [node.value]

    def _of_name(self, node, names, scope):
        return [names[node.id] if node.id in names else scope.value(node)]

    def _of_attribute(self, node, names, scope):
        return [scope.value(node)]

    def _of_tuple(self, node, names, scope):
        return self.each(node.elts, names, scope)

    _of_list = _of_tuple

    def _of_ifexp(self, node, names, scope):
        found = []
        for outcome in self.outcomes(node.test, names, scope):
            found += self.values(node.body if outcome else node.orelse, names, scope)
        return found

    def _of_boolop(self, node, names, scope):
        return [value for each in node.values for value in self.values(each, names, scope)]

    def _of_unaryop(self, node, names, scope):
        if not isinstance(node.op, ast.Not):
            return [UNKNOWN]
        return [not outcome for outcome in self.outcomes(node.operand, names, scope)]

    def _of_compare(self, node, names, scope):
        compare = COMPARED.get(type(node.ops[0])) if len(node.ops) == 1 else None
        return [
            attempt(lambda left=left, right=right: compare(left, right), left, right) if compare else UNKNOWN
            for left, right in self.each([node.left, node.comparators[0]], names, scope)
        ]

    def _of_binop(self, node, names, scope):
        found = []
        for left, right in self.each([node.left, node.right], names, scope):
            left, right = (tuple(each) if isinstance(each, list) else each for each in (left, right))
            same = isinstance(left, str) and isinstance(right, str) or isinstance(left, tuple) and isinstance(right, tuple)
            if same and isinstance(node.op, ast.Add):
                found.append(left + right)
            elif isinstance(node.op, ast.Mod) and isinstance(left, str):
                found.append(attempt(lambda left=left, right=right: left % right, right))
            else:
                found.append(UNKNOWN)
        return found

    def _of_joinedstr(self, node, names, scope):
        found = []
        for parts in self.each(node.values, names, scope):
            found.append(UNKNOWN if UNKNOWN in parts else "".join(parts))
        return found

    def _of_formattedvalue(self, node, names, scope):
        if node.format_spec is not None or node.conversion not in (-1, None, ord("s")):
            return [UNKNOWN]
        return [text(value) for value in self.values(node.value, names, scope)]

    def _of_subscript(self, node, names, scope):
        found = []
        index = node.slice.value if type(node.slice).__name__ == "Index" else node.slice
        for of in self.values(node.value, names, scope):
            of = list_of(of) if not isinstance(of, dict) else of
            for at in self.values(index, names, scope):
                known = isinstance(at, (int, str)) and of is not None
                found.append(attempt(lambda of=of, at=at: of[at]) if known else UNKNOWN)
        return found

    def _of_listcomp(self, node, names, scope):
        loop = node.generators[0]
        if len(node.generators) > 1 or loop.ifs:
            return [UNKNOWN]
        found = []
        for iterable in self.values(loop.iter, names, scope):
            elements = list_of(iterable)
            lists = [()] if elements is not None else [UNKNOWN]
            for element in elements or ():
                known = dict(names)
                bind(known, loop.target, element)
                made = self.values(node.elt, known, scope)
                lists = [before + (value,) for before in lists for value in made][:WAYS]
            found += lists
        return found

    _of_generatorexp = _of_listcomp

    def _of_call(self, node, names, scope):
        called = scope.called(node)
        if self.is_grid(called):
            return self._grid(node, names, scope)
        if isinstance(called, Function):
            return self._inlined(called, node, names, scope)
        if inspect.isclass(called) and issubclass(called, tuple) and hasattr(called, "_fields") and not node.keywords:
            return self.each(node.args, names, scope)
        if (inspect.isbuiltin(called) or inspect.isclass(called)) and called in PURE and not node.keywords:
            return [
                UNKNOWN if UNKNOWN in arguments else attempt(lambda given=arguments: PURE[called](*given), *arguments)
                for arguments in self.each(node.args, names, scope)
            ]
        if isinstance(node.func, ast.Attribute):
            return self._method(node, names, scope)
        return [UNKNOWN]

    def _method(self, node, names, scope):
        """A method of text or of a list that is known."""
        found = []
        for of in self.values(node.func.value, names, scope):
            for arguments in self.each(node.args, names, scope):
                method = getattr(of, node.func.attr, None) if isinstance(of, (str, dict, tuple, list)) else None
                if method is None or node.keywords or UNKNOWN in arguments or UNKNOWN is of:
                    if node.func.attr == "copy" and isinstance(of, (tuple, list)):
                        found.append(tuple(of))
                    else:
                        found.append(UNKNOWN)
                else:
                    found.append(attempt(lambda method=method, given=arguments: method(*given)))
        return found

    def _grid(self, node, names, scope):
        given = dict((keyword.arg, keyword.value) for keyword in node.keywords)
        given.update(zip(("columns", "generator"), node.args))
        if "columns" not in given:
            return [UNKNOWN]
        found = []
        for value in self.values(given["columns"], names, scope):
            columns = columns_of(value)
            found.append(UNKNOWN if columns is None else Grid(columns, given.get("generator"), scope))
        return found

    def _inlined(self, function, node, names, scope):
        """What a function of the plugin's returns."""
        if self.library.facts(function).generates or len(self._calls) >= DEPTH or function.key in self._calls:
            return [UNKNOWN]
        if not self._is_near(function, scope):
            return [UNKNOWN]
        inside = scope.inside(function, node)
        self._calls.append(function.key)
        try:
            known = {}
            for name, (expression, around) in inside.bound.items():
                value = self.values(expression, names if around is scope else {}, around)
                known[name] = value[0] if len(value) == 1 else UNKNOWN
            return self.returned(inside, known) or [UNKNOWN]
        finally:
            self._calls.pop()

    def _is_near(self, function, scope):
        """Whether a function is worth a look: one of the same module, or a small one."""
        if function.globals is scope.function.globals:
            return True
        return sum(isinstance(each, ast.stmt) for each in ast.walk(function.node)) <= SMALL


COMPARED = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: lambda left, right: left is right,
    ast.IsNot: lambda left, right: left is not right,
}

PURE = {
    list: lambda value=(): tuple(list_of(value)),
    tuple: lambda value=(): tuple(list_of(value)),
    str: str,
    len: len,
    zip: lambda *lists: tuple(zip(*lists)),
    enumerate: lambda value, start=0: tuple(enumerate(value, start)),
    reversed: lambda value: tuple(reversed(value)),
    sorted: lambda value: tuple(sorted(value)),
    range: lambda *given: tuple(range(*given)[:ELEMENTS]),
    dict: dict,
}


def columns_of(value):
    """Columns as (title, type) pairs, or None where a value is no list of such."""
    pairs = list_of(value)
    if not pairs:
        return None
    columns = []
    for pair in pairs:
        pair = list_of(pair)
        if pair is None or len(pair) != 2 or not isinstance(pair[0], str) or not inspect.isclass(pair[1]):
            return None
        columns.append(tuple(pair))
    return columns


def list_of(value):
    """The elements of what can be gone through, or None."""
    if isinstance(value, (tuple, list, set, frozenset, dict)) and len(value) <= ELEMENTS:
        return list(value)
    if type(value).__name__ in ("dict_items", "dict_keys", "dict_values") and len(value) <= ELEMENTS:
        return list(value)
    return None


def bind(names, target, value):
    """Sets what a target of an assignment names."""
    if isinstance(target, ast.Name):
        names[target.id] = tuple(value) if isinstance(value, list) else value
    elif isinstance(target, (ast.Tuple, ast.List)):
        parts = list_of(value)
        if parts is None or len(parts) != len(target.elts):
            parts = [UNKNOWN] * len(target.elts)
        for each, part in zip(target.elts, parts):
            bind(names, each, part)


def attempt(compute, *needed):
    if UNKNOWN in needed:
        return UNKNOWN
    try:
        return compute()
    except Exception:  # it would fail where it runs, too
        return UNKNOWN


def text(value):
    return str(value) if isinstance(value, (str, int, float)) else UNKNOWN


def unique(values):
    """Values without those that come again."""
    found = []
    for value in values:
        if not any(value is each or type(value) is type(each) and not isinstance(value, Grid) and value == each for each in found):
            found.append(value)
    return found


