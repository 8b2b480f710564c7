"""The tables of commands under Volatility 2, as records."""
from . import describe2, names


def send(engine, request, control):
    """Sends a record for the command that the request names, or for every one."""
    for name in names.wanted(request["plugin"], engine.support, engine.plugins, engine.where):
        table = describe2.describe(name, engine.plugins[name], engine.config)
        table.update(columns=[], tree=False, reason="its source is not read yet")
        control.send("table", table=table)
