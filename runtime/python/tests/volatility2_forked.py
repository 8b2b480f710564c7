"""Runs Volatility 2 many times from one process, which has imported all plugins: a
child for each run, that goes through vol.py as it stands.

    python volatility2_forked.py VOL.PY --plugins=DIR ... < runs.json

runs is a list of {"args": [...], "env": {...}, "stdout": PATH, "stderr": PATH}; the
statuses are printed as a list.
"""
import json
import os
import runpy
import sys


def child(vol, common, run):
    for number, stream in ((1, "stdout"), (2, "stderr")):
        fd = os.open(run[stream], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(fd, number)
        os.close(fd)
    os.environ.update(dict((str(k), str(v)) for k, v in run["env"].items()))
    sys.argv = [vol] + common + [str(a) for a in run["args"]]
    status = 0
    try:
        runpy.run_path(vol, run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main():
    vol, common = sys.argv[1], sys.argv[2:]
    runs = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # for what importing prints
    sys.argv = [vol] + common
    import volatility.conf  # noqa: F401 - reads --plugins
    import volatility.registry as registry

    registry.PluginImporter()
    registry.PluginImporter = lambda: None  # the children have it all
    statuses = []
    for run in runs:
        pid = os.fork()
        if pid == 0:
            child(vol, common, run)
        statuses.append(os.waitpid(pid, 0)[1] >> 8)
    json.dump(statuses, out)


if __name__ == "__main__":
    main()
