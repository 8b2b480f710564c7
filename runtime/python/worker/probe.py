"""Prints which Volatility this interpreter has, as one line of JSON. Works under
Python 2.7 and 3, and needs nothing of the worker."""
import sys

sys.path[:] = [path for path in sys.path if path]

import json  # noqa: E402 - after sys.path, since the current folder may hold evidence
import os  # noqa: E402


def volatility3():
    import volatility3

    # It makes a folder of its name in the user's cache, which may not be possible.
    os.environ["XDG_CACHE_HOME"] = os.path.dirname(list(volatility3.__path__)[0])
    from volatility3.framework import constants

    return constants.PACKAGE_VERSION


def volatility2():
    import volatility.constants as constants

    return constants.VERSION


def probe(version):
    """(version, "") or ("", why there is none)."""
    try:
        return version(), ""
    except BaseException as error:  # a syntax error, an exit, anything
        return "", "%s: %s" % (type(error).__name__, error)


# Volatility 2 reads a file of the current folder when it is imported.
os.chdir("/")
found = {
    "python": "%d.%d.%d" % sys.version_info[:3],
    "executable": sys.executable,
}
found["volatility3"], found["why3"] = probe(volatility3)
found["volatility2"], found["why2"] = probe(volatility2)
print("\n" + json.dumps(found))
