"""The columns of a command's table as the source of unified_output has them."""
import ast
import itertools

from . import source2

DEPTH = 8  # of names that stand for names


def of(cls):
    """[(title, type, whether it is there with some options only)] of a class of commands;
    None where its source does not show them."""
    function = source2.method(cls, "unified_output")
    tables = [columns(argument, function) for argument in grids(function)]
    return union(tables) if tables and all(tables) else None


def grids(function):
    """The first argument of each TreeGrid that is made."""
    found = []
    for call in function.nodes(ast.Call) if function else ():
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name == "TreeGrid" and call.args:
            found.append(call.args[0])
    return found


def union(tables):
    """Columns of several tables as those of one, in their order."""
    found = []
    for table in tables:
        for i, (title, kind, _) in enumerate(table):
            titles = [each[0] for each in found]
            if title not in titles:
                after = [titles.index(each[0]) for each in table[i:] if each[0] in titles]
                found.insert(min(after or [len(found)]), (title, kind, False))
    everywhere = [set(title for title, _, sometimes in table if not sometimes) for table in tables]
    return [(title, kind, not all(title in each for each in everywhere)) for title, kind, _ in found]


def columns(node, function):
    """The columns in an expression; None where it is something else."""
    if isinstance(node, (ast.List, ast.Tuple)):
        found = [column(each, function) for each in node.elts]
        return None if None in found else sum(found, [])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [columns(node.left, function), columns(node.right, function)]
        return None if None in parts else sum(parts, [])
    if isinstance(node, ast.Name):
        return built(node.id, function)
    return None


def built(name, function):
    """The columns of a list that is made step by step."""
    found, steps = [], 0
    for node in function.nodes(ast.Assign, ast.AugAssign, ast.Call):
        added = step(node, name, function)
        if added is None:
            return None
        if added:
            steps += 1
            found += [(title, kind, sometimes or steps > 1) for title, kind, sometimes in added]
    return found


def step(node, name, function):
    """The columns that a statement or call adds to a list: none where it is about
    another."""
    if isinstance(node, ast.Assign):
        lists = [each for target in node.targets for each in source2.assigned(target, node.value, name)]
        return columns(lists[0], function) if lists else []
    if isinstance(node, ast.AugAssign):
        return columns(node.value, function) if getattr(node.target, "id", "") == name else []
    if not isinstance(node.func, ast.Attribute) or getattr(node.func.value, "id", "") != name or not node.args:
        return []
    if node.func.attr == "append":
        return column(node.args[0], function)
    return columns(node.args[0], function) if node.func.attr == "extend" else []


def column(node, function):
    """A pair of title and type: several where the title is one of several."""
    if not isinstance(node, ast.Tuple) or len(node.elts) < 2:
        return None
    title, kind = node.elts[:2]
    found = texts(title, function)
    if found is None:
        return told(title, kind, function)
    name = type_name(kind, function)
    return None if name is None else [(each, name, len(found) > 1) for each in found]


def told(title, kind, function):
    """The columns that come with the data: what calculate() yields has titles and types.
    Titles that are made of what is found have no name before."""
    for loop in function.loops("data"):
        names = source2.names_of(loop.target)
        where = [names.index(node.id) for node in (title, kind) if isinstance(node, ast.Name) and node.id in names]
        source = function.method("calculate")
        if len(where) < 2 or source is None:
            continue
        found = []
        for each in source.nodes(ast.Yield):
            if isinstance(each.value, ast.Tuple) and len(each.value.elts) == len(names):
                pair = [each.value.elts[i] for i in where]
                found += [(text, type_name(pair[1], source), True) for text in texts(pair[0], source) or ()]
        return found or None
    return None


def type_name(node, function):
    """A class's name; None for what is none."""
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    try:
        found = eval(compile(ast.Expression(node), "<column>", "eval"), dict(function.names))
    except Exception:  # a name of the function's own, or one that is not there
        return None
    return found.__name__ if isinstance(found, type) else None


def texts(node, function, depth=0):
    """The texts that an expression may be, in order; None where that can't be told."""
    if depth > DEPTH:
        return None
    if isinstance(node, ast.Str):
        return [node.s]
    if isinstance(node, ast.IfExp):
        return alternatives([node.body, node.orelse], function, depth)
    if isinstance(node, ast.Name):
        return alternatives(function.values(node.id), function, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return combined(lambda left, right: left + right, [node.left, node.right], function, depth)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        if node.func.attr == "format":
            return combined(str.format, [node.func.value] + node.args, function, depth)
        if getattr(node.func.value, "id", "") == "self" and not node.args:
            method = function.method(node.func.attr)
            returned = [each.value for each in method.nodes(ast.Return)] if method else []
            return alternatives(returned, method, depth)
    return None


def alternatives(nodes, function, depth):
    found = [texts(node, function, depth + 1) for node in nodes if node is not None]
    if not found or None in found:
        return None
    every = sum(found, [])
    return [text for i, text in enumerate(every) if text not in every[:i]]


def combined(join, nodes, function, depth):
    parts = [texts(node, function, depth + 1) for node in nodes]
    if None in parts:
        return None
    try:
        return [join(*each) for each in itertools.product(*parts)]
    except (IndexError, KeyError, ValueError):  # a format for something else
        return None
