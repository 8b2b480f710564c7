"""A command's own table, a JSON object a row: values as Volatility's JSON has them.

    {"depth": 0, "row": {"Pid": 1, "Name": "init"}}
"""
import json
import struct

import volatility.renderers as renderers

from .failure import Failure
from .volrender_grid import has_grid


class Report(object):
    """How a table went, as far as the end record asks."""

    def __init__(self):
        self.rows = self.dropped = 0
        self.lost, self.missing, self.warnings = {}, [], []


def write_rows(command, data, write, report):
    """Writes a frame for each row as the command yields it; no tree is built. data is
    what calculate() returned."""
    grid = command.unified_output(data)
    if not isinstance(grid, renderers.TreeGrid):
        raise without_table(command)
    titles = [column.name for column in grid.columns]
    last = -1
    for level, values in grid._generator:
        # A row is below the one before it at most.
        last = max(0, min(level, last + 1))
        write(frame(json_of({"depth": last, "row": dict(zip(titles, values))})))
        report.rows += 1
    return report


def check(plugin):
    """Raises a Failure where a class of commands has no table."""
    if not has_grid(plugin):
        raise without_table(plugin)


def without_table(plugin):
    name = getattr(plugin, "__name__", type(plugin).__name__).lower()
    return Failure(
        "no-table",
        "%s writes text, and has no table" % name,
        "write a message for it: what it prints in columns can be its fields",
    )


def json_of(row):
    """As Volatility writes it: a guest's bytes stand as they are."""
    try:
        text = json.dumps(row, ensure_ascii=False, sort_keys=True)
    except UnicodeDecodeError:  # of text and bytes that are no UTF-8
        text = json.dumps(row, encoding="latin-1", sort_keys=True)
    return text if isinstance(text, str) else text.encode("utf-8")


def frame(data):
    """Data as a frame: its length before it, as in all streams of rows."""
    return struct.pack("<I", len(data)) + data
