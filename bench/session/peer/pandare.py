"""pandare's way: Volatility 3 in the program's own process, and all of its automagic
for each call. (pandare itself does not import with today's Volatility.)

    python pandare.py IMAGE SYMBOLS CACHE CALLS PLUGIN [--rows]

Prints the seconds of each call, or with --rows those of the last one as JSON.
"""

import datetime
import json
import sys
import time
import urllib.request

import volatility3.plugins
import volatility3.symbols
from volatility3 import framework
from volatility3.framework import automagic, constants, contexts, interfaces, plugins


def rows(image, name):
    """The table as dictionaries, as pandare gives it: without types or depths."""
    context = contexts.Context()
    framework.import_files(volatility3.plugins, True)
    plugin = framework.list_plugins()[name]
    available = automagic.choose_automagic(automagic.available(context), plugin)
    location = "file:" + urllib.request.pathname2url(image)
    context.config["automagic.LayerStacker.single_location"] = location
    made = plugins.construct_plugin(context, available, plugin, "plugins", lambda *_: None, interfaces.plugins.FileHandlerInterface)
    grid, found = made.run(), []
    grid.populate(lambda node, _: found.append(dict(zip((c.name for c in grid.columns), map(plain, node.values)))), None)
    return found


def plain(value):
    if isinstance(value, interfaces.renderers.BaseAbsentValue):
        return None
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def main():
    image, symbols, cache, calls, name = sys.argv[1:6]
    volatility3.symbols.__path__ = [symbols, *constants.SYMBOL_BASEPATHS]
    constants.CACHE_PATH, constants.OFFLINE = cache, True
    constants.PARALLELISM = constants.Parallelism.Off
    times = []
    for _ in range(int(calls)):
        start = time.monotonic()
        found = rows(image, name)
        times.append(time.monotonic() - start)
    print(json.dumps(found if "--rows" in sys.argv else times))


if __name__ == "__main__":
    main()
