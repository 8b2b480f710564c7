"""The tables of plugins under Volatility 3, as records: what package session's
PluginTable is.

Columns are found in two ways that know nothing of each other: a plugin is run without
memory (tables3_run), and its source is read (tables3_columns). Plugins that can't be
imported as things are (tables3_missing) are told of, too.
"""
from . import names


def send(engine, request, control):
    """Sends a record for the plugin that the request names, or for every one."""
    from . import tables3_missing, tables3_record

    missing = tables3_missing.Missing()
    plugins = dict(engine.plugins, **missing.imported())
    wanted = names.wanted(request["plugin"], engine.support, plugins, engine.where)
    told = tables3_record.records(plugins, wanted)
    if not request["plugin"]:
        for name, reason in missing.hopeless():
            told.setdefault(name, tables3_record.record(name, reason=reason))
    for name in sorted(told):
        control.send("table", table=told[name])
