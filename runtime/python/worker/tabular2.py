"""What the table of a command is, under Volatility 2: see session.PluginTable.

Its columns come from asking it (asked2.py), and from its source (columns2.py); of one
that only writes text, from what it writes a table of (text2.py).
"""
import inspect

from . import asked2, columns2, describe2, kinds2, rows2, source2, text2
from .volrender_grid import has_grid


def table(name, plugin, config):
    """A command's record."""
    with describe2.made(plugin, config) as (command, options):
        found = {"plugin": name, "doc": inspect.cleandoc(plugin.__doc__ or ""), "options": options}
        found.update(tree=False, columns=[])
        found.update(of_grid(command) if has_grid(plugin) else of_text(plugin))
    return found


def of_grid(command):
    """What is known of a table that unified_output makes."""
    plugin = type(command)
    asked, source = asked2.Asked(command), columns2.of(plugin)
    told = [[(column.name, column.type.__name__, False) for column in grid.columns] for grid in asked.grids]
    columns = columns2.union(told) if told else source
    if not columns:
        return {"reason": asked.refused or "its source does not show its columns"}
    how = "source" if not told else "run"
    if told and source and set(each[:2] for each in source) == set(each[:2] for each in columns):
        how = "both"
    rows = rows2.Rows()
    for grid in asked.grids:
        code = getattr(grid._generator, "gi_code", None)
        function = source2.of_code(plugin, code) if code else None
        if function:
            rows.add_function(function)
    titles = [[title for title, _, _ in table] for table in told or [columns]]
    return {"columns": records(columns, rows.by_title(titles), plugin), "tree": rows.tree, "how": how}


def of_text(plugin):
    """What is known of a table that a command writes as text."""
    columns, rows = text2.of(plugin)
    if not columns:
        other = source2.owner(plugin, "unified_output").__name__.lower()
        inherited = "" if other == "command" else "; the table that it inherits from %s is for other rows" % other
        return {"reason": "writes text only" + inherited}
    return {"columns": records(columns, rows.by_title([[title for title, _, _ in columns]]), plugin), "how": "text"}


def records(columns, values, plugin):
    return [record(column, values.get(column[0], ()), plugin) for column in columns]


def record(column, values, plugin):
    title, kind, sometimes = column
    made = {"title": title, "type": kind}
    address = kinds2.address(title, kind, values, plugin)
    if address:
        made["address"] = address
    if sometimes:
        made["sometimes"] = True
    if any(rows2.is_absent(*each) for each in values):
        made["absent"] = ["unknown"]
    return made
