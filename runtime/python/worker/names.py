"""Finds the plugin of a command: by its own name, or by its message.

Names are compared folded: lower case, letters and digits only, so that
`linux_pslist` and `linux.pslist` are the same. How a message is compared is the
drop-ins' rule: finding is their module volrender_find.
"""
import difflib

from .failure import Failure


def find(plugin, message, plugins, support, where):
    """The exact name of the plugin that a command runs.

    plugin is the name asked for, or "": then the message says it. plugins are the
    names there are, support is the drop-ins' support module, and where is
    "Volatility 3 (2.28.2)".
    """
    finding = support.finding
    if plugin:
        asked = plugin
        found = named(plugin, plugins, support)
    else:
        asked = message.plugin or message.name
        found = finding.plugins_of(message, sorted(plugins))
        if message.plugin:  # what is found are names of it, the first of which is meant
            found = found[:1]
    if len(found) == 1:
        return found[0]
    if found:
        raise Failure(
            "unknown-plugin",
            "%s has %d plugins that %s can mean" % (where, len(found), asked),
            "give one of these in full: " + ", ".join(found),
        )
    raise missing(asked, plugins, finding.fold, where)


def named(asked, plugins, support):
    """The plugins that a name can mean: its own; else what a message knows to be the
    same plugin; else those that are spelled so but for their punctuation."""
    if asked in plugins:
        return [asked]
    exact = [support.finding.exact_names(message) for _, message in sorted(support.messages.items())]
    same = [names for names in exact if asked in names]
    found = sorted(set(name for names in same for name in [n for n in names if n in plugins][:1]))
    fold = support.finding.fold
    return found or sorted(name for name in plugins if fold(asked) in forms(name, fold))


def wanted(asked, support, plugins, where):
    """The exact names of the plugins that are asked about: by a plugin's name or a
    message's full one, or, with "", all. support is the drop-ins' support module, or
    None: then names are taken as they are."""
    if not asked:
        return sorted(plugins)
    if support is None:
        if asked in plugins:
            return [asked]
        raise Failure("unknown-plugin", "%s has no plugin %s" % (where, asked), "give a plugin's exact name")
    message = support.messages.get(asked)
    return [find("" if message else asked, message, plugins, support, where)]


def forms(plugin, fold):
    """The folded names that a plugin goes by: its own, and, for Volatility 3,
    that of its module."""
    return [fold(plugin)] + ([fold(plugin.rpartition(".")[0])] if "." in plugin else [])


def near(asked, names, fold, count=5):
    """Names like the one that was asked for, the likest first."""
    asked = fold(asked)
    by_form = {}
    for name in sorted(names):
        for form in forms(name, fold):
            by_form.setdefault(form, name)
    within = sorted(form for form in by_form if form and asked and (asked in form or form in asked))
    like = difflib.get_close_matches(asked, sorted(by_form), n=count, cutoff=0.6)
    found = []
    for form in like + within:
        if by_form[form] not in found:
            found.append(by_form[form])
    return found[:count]


def missing(asked, plugins, fold, where):
    names = near(asked, plugins, fold)
    hint = "it has names like it: " + ", ".join(names) if names else "give the folder that holds it with --plugins"
    return Failure("unknown-plugin", "%s has no plugin %s" % (where, asked), hint)
