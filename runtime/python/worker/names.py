"""Finds a plugin by its own name or by a message's.

Names are compared folded: lower case, letters and digits only, so that
`linux_pslist` and `linux.pslist` are the same.
"""
import difflib
import re

from .failure import Failure


def fold(name):
    return re.sub("[^a-z0-9]", "", name.lower())


def less_last_word(name):
    """`linux_pslist_task` without `task`, `LinuxPslistTask` without `Task`; ""
    where there is one word only."""
    cut = re.search("_[^_]*$|(?<=[a-z0-9])[A-Z][^A-Z_]*$", name)
    return name[: cut.start()] if cut else ""


def forms(plugin):
    """The folded names that a plugin goes by: its own, and, for Volatility 3,
    that of its module."""
    found = [fold(plugin)]
    if "." in plugin:
        found.append(fold(plugin.rpartition(".")[0]))
    return found


def matches(wanted, plugins):
    """The plugins that go by the folded name wanted."""
    return sorted(name for name in plugins if wanted in forms(name))


def near(wanted, plugins, count=5):
    """Names like wanted, the likest first."""
    wanted = fold(wanted)
    by_form = {}
    for name in sorted(plugins):
        for form in forms(name):
            by_form.setdefault(form, name)
    within = sorted(form for form in by_form if wanted and (wanted in form or form in wanted))
    like = difflib.get_close_matches(wanted, sorted(by_form), n=count, cutoff=0.6)
    found = []
    for form in like + within:
        if by_form[form] not in found:
            found.append(by_form[form])
    return found[:count]


def find(plugin, message, plugins, where):
    """The exact name of the plugin that a command runs.

    plugin is the name asked for, or "": then the message's (full) name says it,
    first whole, then less its last word. where is "Volatility 3 (2.28.2)".
    """
    if plugin in plugins:
        return plugin
    short = message.rpartition(".")[2]
    for wanted in [plugin] if plugin else [short, less_last_word(short)]:
        found = matches(fold(wanted), plugins) if fold(wanted) else []
        if len(found) == 1:
            return found[0]
        if found:
            raise Failure(
                "unknown-plugin",
                "%s has %d plugins that %s can mean" % (where, len(found), wanted),
                "give one of these in full: " + ", ".join(found),
            )
    raise missing(plugin or short, plugins, where)


def missing(wanted, plugins, where):
    names = near(wanted, plugins)
    if not names:
        hint = "give the folder that holds it with --plugins"
    else:
        hint = "it has names like it: " + ", ".join(names)
    return Failure("unknown-plugin", "%s has no plugin %s" % (where, wanted), hint)
