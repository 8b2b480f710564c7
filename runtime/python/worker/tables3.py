"""The tables of plugins under Volatility 3, as records."""
from . import describe3, names


def send(engine, request, control):
    """Sends a record for the plugin that the request names, or for every one."""
    from volatility3.framework.configuration import requirements

    for name in names.wanted(request["plugin"], engine.support, engine.plugins, engine.where):
        plugin = engine.plugins[name]
        table = describe3.describe(name, plugin, requirements)
        table.update(columns=[], tree=False, reason="its source is not read yet")
        control.send("table", table=table)
