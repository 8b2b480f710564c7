"""What generated modules lean on under Volatility 2 (Python 2.7).

Importing this module gives every command --output=protobuf: frames of the message
that a generated module in the same folder has for it. docs/schema.md has the rules.

VOLRENDER_FD       the number of a descriptor to write to, in place of the output file
VOLRENDER_STRICT   1: a column that the plugin lacks is an error
VOLRENDER_MESSAGE  which message, where a command has two
"""
import os
import sys

import volatility.commands as commands
import volatility.debug as debug
import volatility.obj as obj  # noqa: F401 - for expressions
import volatility.registry as registry
import volatility.renderers as renderers
from volatility.renderers.basic import Address, Address64, Bytes, Hex  # noqa: F401 - for expressions

from . import volrender_find as finding
from .volrender_abi import ABI, require  # noqa: F401
from .volrender_compound import map_, nested, repeated  # noqa: F401
from .volrender_fields import *  # noqa: F401,F403 - the kinds of fields
from .volrender_find import find, messages, writer  # noqa: F401
from .volrender_grid import has_grid
from .volrender_objects import c_string  # noqa: F401
from .volrender_modules import message, module  # noqa: F401
from .volrender_rows import Message, Refused, Report, Writer  # noqa: F401
from .volrender_shape import Shape  # noqa: F401
from .volrender_table import Columns, depths
from .volrender_values import Failed  # noqa: F401


def plugin_name(command):
    """The exact name of a command, as on the command line: many derive from others,
    and must not get their message."""
    return type(command).__name__.lower()


def _installed():
    return sorted(registry.get_plugin_classes(commands.Command, lower=True))


finding.installed[0] = _installed


# Rows ------------------------------------------------------------------------


def write_rows(message, command, data, write, strict=False, report=None):
    """Writes a command's rows by write(frames) and returns the Report.

    data is what calculate() returned. Refused where nothing can be written; what
    the plugin raises passes, after the rows before it were written.
    """
    with Writer(message, write, report, strict) as out:
        message.render(command, out, data)
    return out.report


def table(command, data, out):
    """Writes the rows of a command's own table to a writer."""
    if has_grid(type(command)):
        _unified_output(command, data, out)
    else:
        _table_rows(command, data, out)


def _unified_output(command, data, out):
    """The rows as the grid's generator yields them: no tree is built."""
    grid = command.unified_output(data)
    if not isinstance(grid, renderers.TreeGrid):
        raise Refused("no-table", "%s has no table" % plugin_name(command), _WRITE_ROWS)
    titles = [column.name for column in grid.columns]
    columns = Columns(out, plugin_name(command), titles)
    columns.rows(depths(grid._generator) if columns.deep else grid._generator)


_WRITE_ROWS = "write `rows` in the message's volatility2 option, which makes rows of what calculate() returns"


class _Nowhere(object):
    """Takes the text that a plugin writes beside its table."""

    def write(self, _text):
        pass

    flush = write


def _table_rows(command, data, out):
    """Rows of a plugin that only writes text, through table_header and table_row."""
    columns = []

    def header(_outfd, title_format_list=None):
        titles = [title for title, _format in title_format_list]
        columns[:] = [Columns(out, plugin_name(command), titles)]

    def row(_outfd, *item):
        if columns:
            columns[0].rows([(0, item)])

    command.table_header, command.table_row = header, row
    command.render_text(_Nowhere(), data)
    if not columns:
        raise Refused("no-table", "%s writes text, and no table" % plugin_name(command), _WRITE_ROWS)


# --output=protobuf -----------------------------------------------------------


def render_protobuf(self, outfd, data):
    """Writes frames of the message for this command: the exact one."""
    report = Report()
    try:
        out = _Output(outfd)
        chosen = find(plugin_name(self), os.environ.get("VOLRENDER_MESSAGE"))
        strict = os.environ.get("VOLRENDER_STRICT") == "1"
        write_rows(chosen, self, data, out.write, strict, report)
        out.flush()
    except Refused as refusal:
        _fail(refusal.message, refusal.hint, outfd, report)
    except (SystemExit, Exception) as error:
        debug.post_mortem() if self._config.DEBUG else None
        _fail(
            "%s failed after %d rows: %s: %s" % (plugin_name(self), report.rows, type(error).__name__, error),
            "run it with --output=text and --debug to see where",
            outfd,
            report,
        )
    finding.tell_report(sys.stderr, report)


def _fail(what, hint, outfd, report):
    finding.tell_report(sys.stderr, report)
    finding.tell(sys.stderr, "error", what)
    finding.tell(sys.stderr, "hint", hint)
    outfd.flush()
    if not report.rows and outfd is not sys.stdout and os.path.isfile(outfd.name):
        os.remove(outfd.name)  # an empty file would look like a result
    sys.exit(1)


class _Output(object):
    """Where frames go: VOLRENDER_FD, since standard output carries Volatility's own
    lines too, or what Volatility opened."""

    def __init__(self, outfd):
        number = os.environ.get("VOLRENDER_FD")
        try:
            self._out = os.fdopen(os.dup(int(number)), "wb") if number else outfd
        except (ValueError, EnvironmentError) as error:
            raise Refused(
                "bad-descriptor",
                "VOLRENDER_FD is %s, which can't be written to: %s" % (number, error),
                "set it to the number of an open descriptor, or take it away",
            )

    def write(self, frames):
        self._checked(self._out.write, frames)
        self.flush()

    def flush(self):
        self._checked(self._out.flush)

    def _checked(self, call, *args):
        try:
            call(*args)
        except EnvironmentError as error:
            raise Refused(
                "cannot-write", "the frames can't be written: %s" % error, "see that the reader and the disk are there"
            )


commands.Command.render_protobuf = render_protobuf

# Imported last, for expressions: they import much of Volatility.
try:
    import volatility.plugins.linux.common as linux_common
    import volatility.utils as utils
except ImportError:
    linux_common = utils = None
