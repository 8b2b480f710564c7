"""What the source of a table's rows shows: whether they make a tree, which kinds of
absence a column has, and which numbers are addresses."""
import ast
import dataclasses
import inspect
import re

from . import flow3, members3
from .facts3 import EACH


# How many lists are tried that a row may be.
LISTS = 64


class Rows(object):
    """The rows of one plugin's tables.

    tree       whether rows may stand below others
    absent     by a column's title, the kinds of absence
    addresses  by a column's title, what was found of it: "virtual", "physical", ""
    """

    def __init__(self, library, plugins, methods):
        from volatility3.framework.interfaces import renderers

        self._absent_class = renderers.BaseAbsentValue
        self._scans = scans(library, plugins)
        self._flow = flow3.Flow(library, methods)
        self.tree, self.absent, self.addresses = False, {}, {}
        self.unknown = []

    def look(self, grid):
        """Takes in the rows of a Grid."""
        if grid.rows is None:
            return
        for origin in self._flow.origins(grid.rows, grid.scope, (EACH,)):
            pair = origin.node
            if origin.steps or not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
                self._look_at_unknown(origin)
                continue
            level, row = pair.elts
            self.tree = self.tree or self._is_deep(level, origin.scope)
            for cells in self._cells(row, origin.scope, len(grid.columns)):
                for (title, kind), cell in zip(grid.columns, cells):
                    self._look_at(title, kind, cell)

    def _look_at_unknown(self, origin):
        """A row that can't be followed may be anywhere in a tree; a list of nothing, as
        no rows, is none."""
        if isinstance(origin.node, (ast.List, ast.Tuple)) and not origin.node.elts or origin.node is flow3.NOTHING:
            return
        self.unknown.append(ast.dump(origin.node)[:200] + str(origin.steps))
        self.tree = True

    def _is_deep(self, level, scope):
        origins = self._flow.origins(level, scope)
        return any(not isinstance(each.node, ast.Constant) or each.node.value != 0 for each in origins)

    # A cell is an expression, its scope and, in a loop over the row's values, the number
    # of the element.

    def _cells(self, row, scope, count, depth=0):
        """The lists of so many cells that a row may be."""
        if depth > 6:
            return []
        return [cells for cells in self._lists(row, scope, count, depth) if len(cells) == count]

    def _lists(self, row, scope, count, depth):
        if depth > 6:
            return []
        if isinstance(row, ast.Name) and scope.owning(row.id) is not None:
            return self._named(row, scope.owning(row.id), count, depth)
        if isinstance(row, (ast.Tuple, ast.List)):
            return self._listed(row.elts, scope, count, depth)
        if isinstance(row, ast.BinOp) and isinstance(row.op, ast.Add):
            left, right = (self._lists(each, scope, count, depth + 1) for each in (row.left, row.right))
            return [one + other for one in left for other in right]
        if isinstance(row, (ast.ListComp, ast.GeneratorExp)):
            return [looped(row.elt, scope, [row.generators[0].iter], count)]
        if isinstance(row, ast.Call) and (inspect.isclass(scope.called(row)) or scope.value(row.func) is dataclasses.astuple):
            return self._made(row, scope, count, depth)
        found = []
        for origin in self._flow.origins(row, scope):
            if origin.node is not row and not origin.steps:
                found += self._lists(origin.node, origin.scope, count, depth + 1)
        return found

    def _named(self, row, scope, count, depth):
        """A name's lists, with all or some of what is added to them."""
        found = []
        for origin in self._flow.origins(row, scope):
            if origin.steps or origin.node is row or grows(origin.node, row.id):
                continue
            for cells in self._lists(origin.node, origin.scope, count, depth + 1):
                found += self._with_added(cells, row.id, scope, count, depth)
                if not cells:
                    found += self._filled(row.id, scope, count)
        return found

    def _with_added(self, cells, name, scope, count, depth):
        lists = [cells]
        for expression, many in scope.facts.added.get(name, ()):
            more = self._lists(expression, scope, count, depth + 1) if many else [[(expression, scope, None)]]
            longer = [before + part for before in lists for part in more if len(before) + len(part) <= count]
            lists = (lists + longer)[:LISTS]
        return lists

    def _filled(self, name, scope, count):
        """The cells of a list that a loop fills."""
        added = scope.facts.added.get(name, ())
        if len(added) != 1 or added[0][1] or count < 2:
            return []
        return [looped(added[0][0], scope, loops_around(scope.function.node, added[0][0]), count)]

    def _listed(self, elements, scope, count, depth):
        lists = [[]]
        for each in elements:
            if isinstance(each, ast.Starred):
                # Where it is the only one, it has as many as the others leave.
                parts = self._lists(each.value, scope, count - len(elements) + 1, depth + 1)
            else:
                parts = [[(each, scope, None)]]
            lists = [before + part for before in lists for part in parts]
        return lists

    def _made(self, row, scope, count, depth):
        """The fields of an object that is made as a row; or a list of what is given."""
        called = scope.called(row)
        if not inspect.isclass(called):
            return self._fields(row.args[0], scope)
        if called in flow3.SAME and len(row.args) == 1:
            return self._lists(row.args[0], scope, count, depth + 1)
        if issubclass(called, tuple) and hasattr(called, "_fields"):
            cells = [members3.argument_of(called, row, (number,)) for number in range(len(called._fields))]
            return [[(cell, scope, None) for cell in cells]] if None not in cells else []
        return []

    def _fields(self, node, scope):
        """The fields of the objects of data classes that an expression may be."""
        found = []
        for origin in self._flow.origins(node, scope):
            names = members3.fields_of(origin.called) if not origin.steps else []
            cells = [members3.argument_of(origin.called, origin.node, ("." + name,)) for name in names]
            if cells and None not in cells:
                found.append([(cell, origin.scope, None) for cell in cells])
        return found

    # A column.

    def _look_at(self, title, kind, cell):
        node, scope, at = cell
        for origin in self._flow.origins(node, scope, (), at):
            absent = self._absence(origin)
            if absent:
                self.absent.setdefault(title, set()).add(absent)
            elif issubclass(kind, int) and kind is not bool:
                found = self._addresses(origin, at)
                if "offset" in found:
                    found = found - {"offset"} | {"" if self._scans else "virtual"}
                self.addresses.setdefault(title, set()).update(found)

    def _absence(self, origin):
        """The kind of absence that an expression is, or None."""
        if origin.steps:
            return None
        called = origin.called
        if inspect.isclass(called) and issubclass(called, self._absent_class):
            return KINDS.get(called.__name__, "unknown")
        value = origin.scope.value(origin.node)
        if isinstance(value, self._absent_class):
            return KINDS.get(type(value).__name__, "unknown")
        return None

    def _addresses(self, origin, at):
        called = origin.called
        if not inspect.isclass(called) or not issubclass(called, int) or origin.steps or not origin.node.args:
            return address(origin)
        inner = origin.node.args[0]
        if last_name(inner) in VIRTUAL:
            return {"virtual"}
        found = set()
        for each in self._flow.origins(inner, origin.scope, (), at):
            if not self._absence(each):
                found |= address(each)
        return found


SCANNING = re.compile(r"scan(_|$)")


def scans(library, plugins):
    """Whether a plugin, or what it is a name of, looks for objects in a layer that may be physical memory: then
    their offsets do not tell."""
    for each in [each for plugin in plugins for each in plugin.__mro__]:
        node = library.class_node(each) if "PluginInterface" not in each.__name__ else None
        for inner in ast.walk(node) if node else ():
            if isinstance(inner, (ast.Call, ast.Attribute)) and SCANNING.search(last_name(inner)):
                return True
    return False


def looped(node, scope, loops, count):
    """Cells that are one expression, for each element of what the loops go through."""
    return [(node, scope, dict((id(loop), number) for loop in loops)) for number in range(count)]


def loops_around(function, node):
    """What the innermost loop around an expression goes through, as a list."""
    found = []
    for each in ast.walk(function):
        if isinstance(each, ast.For) and any(inner is node for inner in ast.walk(each)):
            found = [each.iter]  # ast.walk comes to inner ones later
    return found


def grows(node, name):
    """Whether an expression is what `name += ...` makes."""
    return isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name) and node.left.id == name


KINDS = {
    "NotApplicableValue": "not-applicable",
    "NotAvailableValue": "not-available",
    "UnparsableValue": "unparsable",
    "UnreadableValue": "unreadable",
}

# Fields and methods of Volatility's objects that are addresses as the kernel or a
# process has them.
VIRTUAL = frozenset(
    "vm_start vm_end get_start get_end DllBase EntryPoint BaseAddress ImageBaseAddress DriverStart DriverStartIo "
    "StartAddress Win32StartAddress InitialStack KernelStack".split()
)


def address(origin):
    """What a number is by the expression that it comes from, as a set of one: "virtual",
    "physical", "offset" of an object in its layer, or "" for what does not show. Of a
    plain number, none."""
    node = origin.node
    if isinstance(node, ast.Constant):
        return set()
    if last_name(node) in TRANSLATING and isinstance(node, ast.Call):
        places = TRANSLATING[last_name(node)]
        return {places.get(next((step for step in reversed(origin.steps) if isinstance(step, int)), None), "")}
    names = [last_name(node)] + [step[1:] for step in origin.steps if isinstance(step, str) and step.startswith(".")]
    if names[-2:] == ["vol", "offset"]:
        return {"offset"}
    return {"virtual" if names[-1] in VIRTUAL else ""}


# What methods of layers give: by the place in the result.
TRANSLATING = {"mapping": {0: "virtual", 2: "physical"}, "translate": {0: "physical"}}


def last_name(node):
    """The name of what is called, or of an attribute or a variable."""
    node = node.func if isinstance(node, ast.Call) else node
    return getattr(node, "attr", getattr(node, "id", ""))


def address_of(column, rows):
    """What a column's numbers are: what its title says, or else where they come from."""
    title = column["title"].lower()
    if column["type"] not in ("Hex", "int", "Bin"):
        return ""
    if "(v)" in title or "virtual" in title:
        return "virtual"
    if "(p)" in title or "physical" in title:
        return "physical"
    found = rows.addresses.get(column["title"], set())
    return found.copy().pop() if len(found) == 1 else ""
