"""A plugin's own table, a JSON object a row: values as Volatility's JSON renderer has
them.

    {"depth": 0, "row": {"PID": 1, "COMM": "init"}}
"""
import json
import struct

from volatility3.cli import text_renderer
from volatility3.framework import interfaces


class Report(object):
    """How a table went, as far as the end record asks."""

    def __init__(self):
        self.rows = self.dropped = 0
        self.lost, self.missing, self.warnings = {}, [], []


def write_rows(grid, write, report):
    """Writes a frame for each row as the plugin yields it; no tree is built."""
    row_of = encoder(grid)

    def row(depth, values):
        write(frame(json.dumps({"depth": depth, "row": row_of(values)}, sort_keys=True).encode("ascii")))
        report.rows += 1

    if grid.populated or not hasattr(grid, "_generator"):
        visit(grid, row)
    else:
        for depth, values in depths(grid._generator):
            row(depth, values)
    return report


def encoder(grid):
    """The function from a row's values to what JSON writes of them."""
    renderers = text_renderer.JsonRenderer._type_renderers
    columns = [(column.name, renderers.get(column.type, renderers["default"])) for column in grid.columns]

    def row(values):
        return dict((name, plain(render(value))) for (name, render), value in zip(columns, values))

    return row


def plain(value):
    return None if isinstance(value, interfaces.renderers.BaseAbsentValue) else value


def visit(grid, row):
    def visitor(node, accumulator):
        row(max(0, node.path_depth - 1), node.values)
        return accumulator

    if grid.populated:
        grid.visit(node=None, function=visitor, initial_accumulator=None)
    else:
        grid.populate(visitor, None)


def depths(rows):
    """Pairs of depth and values, for the pairs of level and values that a plugin yields:
    no row is deeper than one below the row before."""
    last = -1
    for level, values in rows:
        last = max(0, min(level, last + 1))
        yield last, values


def frame(data):
    """Data as a frame: its length before it, as in all streams of rows."""
    return struct.pack("<I", len(data)) + data
