"""The table of a command that only writes text, under Volatility 2: what it gives to
table_header and table_row, as its source has it."""
import ast

from . import columns2, rows2, source2

CALLS = 3  # of methods that render_text calls, one within the other
DEPTH = 6  # of names that stand for names

# Members of kernels' structures, and methods, that are numbers.
NUMBERS = """
    pid p_pid i_ino tgid uid gid UniqueProcessId UniqueThread SessionId dwSessionId cmsRate cmsCountdown
    nID h obj_offset ident num buffer_size gfporder deadline entry_time
""".split()


def of(cls):
    """[(title, type, whether it is there with some options only)] and the Rows of a class
    of commands that writes rows; None and None of others."""
    headers, rows = [], rows2.Rows()
    for function in functions(source2.method(cls, "render_text")):
        for call in function.nodes(ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name == "table_header" and len(call.args) > 1:
                headers.append(header(call.args[1], function))
            if name == "table_row":
                rows.rows.append((call.args[1:], function))
    if not headers or None in headers:
        return None, None
    values = rows.by_title([[title for title, _ in table] for table in headers])
    return columns2.union([typed(table, values) for table in headers]), rows


def functions(function, depth=0):
    """A method, and those of its own that it calls."""
    if function is None or depth > CALLS:
        return []
    found = [function]
    for call in function.nodes(ast.Call):
        below = function.called(call)
        if below and below.owner.__name__ != "Command":
            found += functions(below, depth + 1)
    return found


def header(node, function):
    """[(title, format)] of an argument of table_header; None where that can't be told."""
    if isinstance(node, ast.Name):
        values = function.values(node.id)
        return header(values[0], function) if len(values) == 1 else None
    if not isinstance(node, ast.List):
        return None
    found = []
    for each in node.elts:
        pair = [columns2.texts(part, function) for part in getattr(each, "elts", ())]
        if len(pair) != 2 or None in pair:
            return None
        found.append((pair[0][0], pair[1][0]))
    return found


def typed(table, values):
    """A header's columns. A second one of a title can't be asked for, and is left out."""
    found = []
    for title, form in table:
        if title not in [before[0] for before in found]:
            found.append((title, type_of(form, values.get(title, ())), False))
    return found


def type_of(form, values):
    """A type by a format: where that only has a width, by the values."""
    if form.startswith("["):
        return "Address"
    if form[-1:] in ("x", "X"):
        return "Hex"
    numbers = [is_number(*each) for each in values if not rows2.is_nothing(each[0])]
    return "int" if form[-1:] == "d" or numbers and all(numbers) else "str"


def is_number(node, function, depth=0):
    """Whether an expression is known to be a number, apart from where there is none."""
    if isinstance(node, ast.Num):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr in NUMBERS
    if isinstance(node, ast.Call):
        if getattr(node.func, "attr", "") == "v":  # the value of an object
            return is_number(node.func.value, function, depth)
        return getattr(node.func, "id", "") in ("int", "long", "len")
    if isinstance(node, ast.BinOp):
        within = [(node.left, function), (node.right, function)]
    elif isinstance(node, ast.IfExp):
        within = [(node.body, function), (node.orelse, function)]
    else:
        within = function.sources(node) if depth < DEPTH else []
    within = [each for each in within if not rows2.is_nothing(each[0])]
    return bool(within) and all(is_number(each, where, depth + 1) for each, where in within)
