"""What the source of a command shows of its rows, under Volatility 2: whether they are
a tree, and what stands where there is no value.

Rows are what a generator yields: pairs of a level and a list of values.
"""
import ast

from . import source2

DEPTH = 6  # of names that stand for names, and of functions that yield what others do

# Text that says there is nothing.
NO_TEXT = ("", "-", "--", "N/A", "n/a", "None")


class Rows(object):
    """What is known of a command's rows: whether they are a tree, and the rows, each as
    its expressions, and the Function that they are of."""

    def __init__(self):
        self.tree, self.rows = False, []

    def add(self, yielded, function, depth=0):
        """Reads what a function yields."""
        if not isinstance(yielded, ast.Tuple) or len(yielded.elts) != 2:
            for each in passed_on(yielded, function) if depth < DEPTH else ():
                self.add_function(each, depth + 1)
            return
        level, row = yielded.elts
        if not isinstance(level, ast.Num) or level.n != 0:
            self.tree = True
        self.rows += [(values, function) for values in lists(row, function)]

    def add_function(self, function, depth=0):
        for each in function.nodes(ast.Yield):
            self.add(each.value, function, depth)

    def by_title(self, tables):
        """The expressions of each column, with their Functions. tables are the titles that
        there may be: a row is one of that with as many."""
        found = {}
        for values, function in self.rows:
            for titles in [each for each in tables if len(each) == len(values)][:1]:
                for title, value in zip(titles, values):
                    found.setdefault(title, []).append((value, function))
        return found


def passed_on(yielded, function):
    """The functions whose rows a function yields as its own."""
    if not isinstance(yielded, ast.Name):
        return []
    found = []
    for loop in function.nodes(ast.For):
        if getattr(loop.target, "id", "") == yielded.id:
            found.append(function.called(loop.iter))
    return [each for each in found if each]


def lists(node, function, depth=0):
    """The lists that an expression may be, each as its expressions."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return [node.elts]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [
            left + right
            for left in lists(node.left, function, depth)
            for right in lists(node.right, function, depth) or [[]]
        ]
    if isinstance(node, ast.Name) and depth < DEPTH:
        return [each for value in function.values(node.id) for each in lists(value, function, depth + 1)]
    return []


def is_absent(node, function, depth=0):
    """Whether an expression may stand for no value."""
    if depth > DEPTH:
        return False
    if is_nothing(node) or function.found_none(node):
        return True
    if any(is_absent(each, where, depth + 1) for each, where in function.sources(node)):
        return True
    return any(is_absent(each, function, depth + 1) for each in parts(node))


def is_nothing(node):
    """Whether an expression always stands for no value. None itself does not: it is what
    a variable has before it gets a value."""
    if isinstance(node, ast.Str):
        return node.s.strip() in NO_TEXT
    return isinstance(node, ast.Num) and node.n == -1


def parts(node):
    """The expressions of which an expression is one."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return node.values
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name == "NoneObject":
            return [ast.Str("")]
        if name in ("str", "int", "long", "float", "Address", "Address64", "Hex", "Bytes"):
            return node.args[:1]
    return []
