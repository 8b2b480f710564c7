"""The tables of commands under Volatility 2, as records."""
import logging

from . import failure, names
from .failure import Failure

log = logging.getLogger(__name__)


def send(engine, request, control):
    """Sends a record for the command that the request names, or for every one: those too
    that lack a library."""
    from . import tabular2, unimported2

    plugins = unimported2.plugins(engine.plugins)
    for name in names.wanted(request["plugin"], engine.support, plugins, engine.where):
        try:
            control.send("table", table=tabular2.table(name, plugins[name], engine.config))
        except (Exception, SystemExit) as error:
            what = "%s can't be made to say what table it has: %s" % (name, failure.describe(error))
            if request["plugin"]:
                raise Failure("plugin-failed", what, "", failure.current_traceback())
            log.warning("%s", what)
