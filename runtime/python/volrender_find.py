"""How a plugin finds its message, and how a person is told what went wrong.

Works under Python 2.7 and 3.
"""
import difflib
import re

from .volrender_fields import fold
from .volrender_modules import messages
from .volrender_rows import Refused, Writer

# What the version's support module sets: the exact names of the plugins there are.
installed = [lambda: []]


def less_last_word(name):
    """linux_pslist_task without task, LinuxPslistTask without Task; "" for one word.
    The readers in Go and C have the same rule."""
    cut = re.search("_[^_]*$|[A-Z][^A-Z_]*$", name)
    return name[: cut.start()] if cut else ""


def _goes_by(plugin):
    return fold(plugin), fold(plugin.rpartition(".")[0])


def exact_names(message):
    """The exact names that a message's plugin has from one release to the next, from the
    one that is meant: the first of them that there is, is run."""
    return [message.plugin] + message.aliases if message.plugin else []


def plugins_of(message, names):
    """The plugins, of these names, that a message can mean: one, if all is well, or
    several names of one."""
    if message.plugin:
        return [n for n in exact_names(message) if n in names]
    for name in (message.name, less_last_word(message.name)):
        found = [n for n in names if name and fold(name) in _goes_by(n)]
        if found:
            return sorted(found)
    return []


def owns(message):
    """Whether a message is its plugin's own: its command has the plugin's name, with the
    class or without. The readers in Go have the same rule."""
    names = exact_names(message)
    return bool(message.command) and any(message.command in (n, n.rpartition(".")[0]) for n in names)


def find(plugin, message=None):
    """The message for a plugin, by the plugin's exact name: its own, where there are
    several. Refused when there is none, or two and neither is the plugin's own; message
    (a full name, or less its package, or a command's) chooses another."""
    names = installed[0]()
    fitting = [m for _, m in sorted(messages.items()) if plugin in plugins_of(m, names)]
    if message:
        found = [m for m in fitting if message in (m.full_name, m.name, m.command)]
    else:
        found = [m for m in fitting if owns(m)] or fitting
    if len(found) == 1:
        return _only(plugin, found[0], names)
    if found:
        raise Refused(
            "ambiguous-message",
            "%s has %d messages: %s" % (plugin, len(found), ", ".join(m.full_name for m in found)),
            "choose one with VOLRENDER_MESSAGE",
        )
    if fitting:
        raise Refused(
            "no-message",
            "VOLRENDER_MESSAGE=%s is no message for %s" % (message, plugin),
            "choose one of %s" % ", ".join(m.full_name for m in fitting),
        )
    raise Refused("no-message", "there is no message for %s" % plugin, _near(plugin, names))


def _only(plugin, message, names):
    if message.rivals:
        raise Refused(
            "ambiguous-message",
            "%s is in %s and in %s" % (message.full_name, message.module, " and ".join(message.rivals)),
            "keep one of these files",
        )
    others = [] if message.plugin else plugins_of(message, names)
    if len(others) > 1:
        raise Refused(
            "unknown-plugin",
            "%s can mean %d plugins: %s" % (message.full_name, len(others), ", ".join(others)),
            "name one in the message's option",
        )
    return message


def _near(plugin, names):
    known = dict((n, m) for m in messages.values() for n in plugins_of(m, names))
    near = difflib.get_close_matches(plugin, sorted(known), 5, 0.5) or sorted(known)[:5]
    if not near:
        return "generate one with protoc-gen-volrender into this folder"
    return "there are messages for " + ", ".join(near) + "; or write one for this plugin"


def writer(full_name, out):
    """The writer of a render function: out is one already, or a file. With a file
    the function works as a plugin's own method too."""
    if isinstance(out, Writer):
        return out
    return Writer(messages[full_name], out.write)


def printable(text):
    """A line for a terminal: control characters and what is not ASCII escaped."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return str(re.sub(u"[^\x20-\x7e]", _code, text))


def _code(match):
    n = ord(match.group())
    return "\\x%02x" % n if n < 0x100 else "\\u%04x" % n


def tell(stream, kind, text):
    stream.write("%s: %s\n" % (kind, printable(text)))


def tell_report(stream, report):
    """The lines at the end of a run that is incomplete."""
    for sentence in report.sentences():
        tell(stream, "warning", sentence)
    if not report.complete:
        tell(stream, "warning", "the result is incomplete: %d rows were written without those values" % report.rows)
