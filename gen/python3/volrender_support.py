"""What generated modules lean on under Volatility 3.

Importing this module adds the renderer `protobuf`: frames of the message that a
generated module in the same folder has for the plugin. docs/schema.md has the
rules. Nothing but ImportError may be raised here: Volatility would stop.

VOLRENDER_FD       the number of a descriptor to write to, in place of standard output
VOLRENDER_STRICT   1: a column that the plugin lacks is an error
VOLRENDER_MESSAGE  which message, where a plugin has two
"""
import logging
import os
import sys

from volatility3.cli.text_renderer import CLIRenderer
from volatility3.framework import list_plugins
from volatility3.framework.interfaces.plugins import PluginInterface

from . import volrender_find as finding
from .volrender_abi import ABI, require  # noqa: F401
from .volrender_compound import map_, nested, repeated  # noqa: F401
from .volrender_fields import *  # noqa: F401,F403 - the kinds of fields
from .volrender_find import find, messages, writer  # noqa: F401
from .volrender_objects import c_string  # noqa: F401
from .volrender_modules import message, module  # noqa: F401
from .volrender_rows import Message, Refused, Report, Writer  # noqa: F401
from .volrender_shape import Shape  # noqa: F401
from .volrender_table import Columns, depths
from .volrender_values import Failed  # noqa: F401

log = logging.getLogger(__name__)


def plugin_name(plugin):
    """The exact name of a plugin, as `vol` lists it: linux.pslist.PsList."""
    cls = type(plugin)
    name = "%s.%s" % (cls.__module__, cls.__name__)
    return name[len("volatility3.plugins.") :] if name.startswith("volatility3.plugins.") else name


finding.installed[0] = lambda: sorted(list_plugins())


# Rows ------------------------------------------------------------------------


def write_rows(message, plugin, grid, write, strict=False, report=None, view=None):
    """Writes a plugin's rows by write(frames) and returns the Report.

    grid is what run() returned; plugin may be None for the table model. Refused
    where nothing can be written; what the plugin raises passes, after the rows
    before it were written. view is the View of a user who filters the table.
    """
    if view and view.asked and not message.is_table:
        raise Refused(
            "bad-option",
            "the rows of %s are not those of the table that --filters and --hide-columns speak of" % message.full_name,
            "leave these options out, and choose among the rows afterwards",
        )
    with Writer(message, write, report, strict) as out:
        out.view = view
        message.render(plugin, out, grid)
    return out.report


def table(plugin, grid, out):
    """Writes the rows of a plugin's own table to a writer, as its generator yields
    them: no tree is built."""
    view = getattr(out, "view", None) or View(grid)
    name = plugin_name(plugin) if plugin else out.message.plugin or "the plugin"
    columns = Columns(out, name, [column.name for column in grid.columns], view.hidden)
    if grid.populated or not hasattr(grid, "_generator"):
        _visit(grid, lambda item, depth: view.drops(item) or columns.rows([(depth, item)]))
        return
    rows = depths(grid._generator) if columns.deep else grid._generator
    columns.rows((pair for pair in rows if not view.drops(pair[1])) if view.asked else rows)


def _visit(grid, row):
    def visitor(node, accumulator):
        row(node.values, max(0, node.path_depth - 1))
        return accumulator

    if grid.populated:
        grid.visit(node=None, function=visitor, initial_accumulator=None)
    else:
        grid.populate(visitor, None)


class View(object):
    """What `vol --filters` and `--hide-columns` leave of a table, by the rules of
    Volatility's own renderers."""

    def __init__(self, grid, renderer=None):
        ignored = renderer.ignored_columns(grid) if renderer else []
        self.hidden = frozenset(i for i, column in enumerate(grid.columns) if column in ignored)
        self._filter = renderer.filter if renderer and getattr(renderer.filter, "_filters", None) else None
        shown = [column for column in grid.columns if column not in ignored]
        texts = CLIRenderer._type_renderers
        self._texts = [texts.get(column.type, texts["default"]) for column in shown]
        self.asked = bool(self.hidden or self._filter)

    def drops(self, row):
        """Whether the filters drop the row, by the text of what is shown."""
        if self._filter is None:
            return False
        shown = [value for i, value in enumerate(row) if i not in self.hidden]
        return self._filter.filter([text(value) for text, value in zip(self._texts, shown)])


# -r protobuf -----------------------------------------------------------------


def plugin_of(grid):
    """The plugin whose run() returned the grid.

    A grid does not know it, and its generator need not be a method of the plugin: for
    174 of the 181 plugins that come with 2.28.2 it is, for 172 of 179 with 2.27.0.
    But who has the grid rendered holds both, whatever the plugin: it is the only
    plugin among the variables of the nearest caller that has the grid among them.
    """
    frame = sys._getframe(1)
    while frame is not None:
        held = list(frame.f_locals.values())
        if any(value is grid for value in held):
            found = {id(value): value for value in held if isinstance(value, PluginInterface)}
            if len(found) == 1:
                return next(iter(found.values()))
        frame = frame.f_back
    raise Refused(
        "no-plugin",
        "the plugin that made this table can't be told",
        "use the renderer through `vol`, or call write_rows with the plugin",
    )


class ProtobufRenderer(CLIRenderer):
    """Frames of the message for the plugin: the exact one."""

    name = "protobuf"
    structured_output = True

    def get_render_options(self):
        return []

    def render(self, grid):
        report, name = Report(), "the plugin"
        try:
            plugin = plugin_of(grid)
            name = plugin_name(plugin)
            chosen = find(name, os.environ.get("VOLRENDER_MESSAGE"))
            strict = os.environ.get("VOLRENDER_STRICT") == "1"
            with _Output() as out:
                write_rows(chosen, plugin, grid, out.write, strict, report, View(grid, self))
        except Refused as refusal:
            _fail(refusal.message, refusal.hint, report)
        except Exception as error:
            log.debug("%s failed", name, exc_info=True)
            _fail(
                "%s failed after %d rows: %s: %s" % (name, report.rows, type(error).__name__, error),
                "run it with `vol -vv` to see where",
                report,
            )
        finding.tell_report(sys.stderr, report)


def _fail(what, hint, report):
    finding.tell_report(sys.stderr, report)
    finding.tell(sys.stderr, "error", what)
    finding.tell(sys.stderr, "hint", hint)
    sys.exit(1)


class _Output(object):
    """Where frames go: VOLRENDER_FD, or standard output."""

    def __init__(self):
        number = os.environ.get("VOLRENDER_FD")
        try:
            sys.stdout.flush()
            self._out = os.fdopen(os.dup(int(number or sys.stdout.fileno())), "wb", 0)
        except (AttributeError, ValueError, OSError) as error:  # closed ones are None
            raise Refused(
                "bad-descriptor",
                "%s can't be written to: %s" % ("VOLRENDER_FD=" + number if number else "standard output", error),
                "open standard output, or set VOLRENDER_FD to the number of an open descriptor",
            )

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._out.close()

    def write(self, frames):
        view = memoryview(frames)
        try:
            while view:
                view = view[self._out.write(view) :]
        except OSError as error:
            raise Refused(
                "cannot-write", "the frames can't be written: %s" % error, "see that the reader and the disk are there"
            )
