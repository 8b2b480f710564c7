"""The tables of plugins under Volatility 3, as records: what package session's
PluginTable is.

Columns are found in two ways that know nothing of each other: a plugin is run without
memory (asked3), and its source is read (columns3). Plugins that can't be
imported as things are (unimported3) are told of, too.
"""
from . import names


def send(engine, request, control):
    """Sends a record for the plugin that the request names, or for every one."""
    from . import tabular3, unimported3

    missing = unimported3.Missing()
    plugins = dict(engine.plugins, **missing.imported())
    wanted = names.wanted(request["plugin"], engine.support, plugins, engine.where)
    told = tabular3.records(plugins, wanted)
    if not request["plugin"]:
        for name, reason in missing.hopeless():
            told.setdefault(name, tabular3.record(name, reason=reason))
    for name in sorted(told):
        control.send("table", table=told[name])
