"""How long a plug-in folder takes to load, as Volatility loads it at each start."""

import os
import shutil
import statistics
import sys

import generated
from request import Schemas
from tools import TOOLS, run

WORK = TOOLS / "bench-generator"
COUNTS = [10, 450, 10000]
GOAL = 50

# Imports what every start of Volatility has anyway, and then the folder by Volatility's
# own function; prints the milliseconds of the processor.
PROGRAM = """
import sys, time
now = getattr(time, "process_time", None) or time.clock
if sys.version_info[0] == 3:
    import datetime
    import volatility3.cli, volatility3.plugins
    from volatility3 import framework
    import volatility3.framework.symbols.linux, volatility3.framework.objects.utility
    volatility3.plugins.__path__ = sys.argv[1:]
    load = lambda: framework.import_files(volatility3.plugins, True)
else:
    import volatility.conf, volatility.commands, volatility.renderers.basic
    import volatility.plugins.linux.common, volatility.utils
    from volatility import plugins, registry
    plugins.__path__[:] = sys.argv[1:]
    load = registry.PluginImporter
start = now()
load()
sys.stdout.write("%.3f" % ((now() - start) * 1000))
"""


def pythons():
    """(title, version of Volatility, interpreter) of those that are there."""
    for title, version, environment in (("Volatility 2, Python 2.7", 2, "py2"), ("Volatility 3, Python 3", 3, "py3")):
        interpreter = TOOLS / environment / "bin" / "python"
        if interpreter.exists():
            yield title, version, interpreter
        else:
            print(f"skipped: {title}: setup has not made it", file=sys.stderr)


def folders(counts):
    """{count: folder} with python2 and python3 in it."""
    found = {}
    for count in counts:
        schemas = Schemas(count, WORK / f"load-schemas-{count}")
        found[count] = generated.write(WORK / "protoc-gen-volrender", schemas.request("lang=python2+python3"),
                                       WORK / f"load-{count}")
    return found


def milliseconds(interpreter, folder, compiled):
    """One load, of modules that Python has compiled before, or has not and may not keep."""
    flags = [] if compiled else ["-B"]
    return float(run(interpreter, *flags, "-c", PROGRAM, folder, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""}))


def bare(folder):
    """Takes away what Python has compiled."""
    for path in folder.rglob("*.pyc"):
        path.unlink()
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)


def results(counts, rounds):
    """{(title, compiled): {count: milliseconds}}, the least of the rounds and the median."""
    of = folders(counts)
    samples = {}
    for title, version, interpreter in pythons():
        for compiled in (False, True):
            for count, folder in of.items():
                bare(folder / f"python{version}")
                if compiled:
                    milliseconds(interpreter, folder / f"python{version}", True)
            for _ in range(rounds):
                for count, folder in of.items():
                    took = milliseconds(interpreter, folder / f"python{version}", compiled)
                    samples.setdefault((title, compiled), {}).setdefault(count, []).append(took)
    return {key: {count: (min(each), statistics.median(each)) for count, each in row.items()}
            for key, row in samples.items()}


def table(found, counts):
    yield "## Loading a plug-in folder"
    yield ""
    yield ("Milliseconds of the processor that Volatility's own import of a folder takes at each start, the support "
           "modules included: the least of all rounds, and the median.")
    yield ""
    yield "| | .pyc files | " + " | ".join(f"{count:,} messages" for count in counts) + " |"
    yield "|---|---" + "|---:" * len(counts) + "|"
    for (title, compiled), row in found.items():
        cells = [f"{row[count][0]:.0f} ({row[count][1]:.0f})" for count in counts]
        yield f"| {title} | {'there' if compiled else 'none'} | " + " | ".join(cells) + " |"
    yield ""
    most = max(least for row in found.values() for least, _ in row.values())
    yield f"- Under {GOAL} ms whatever the number: {most:.0f} ms at most, {'reached' if most < GOAL else '**missed**'}."
    yield ""
