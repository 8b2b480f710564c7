"""The environment of Python 2.7, for Volatility 2, where there is a Python 2.7."""

import glob
import os
import pathlib
import shutil
import tempfile

import stamp
from environments import remove
from run import quietly, succeeds
from say import Problem, step

# What setup asks of a Python 2.7: that it is one, and can reach a registry.
PROBE = "import sys, ssl, zlib; sys.exit(sys.version_info[:2] != (2, 7))"


def find():
    """Returns a Python 2.7 that works, or None. A version manager's stand-in on
    the PATH may be found and not work."""
    root = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    candidates = [os.environ.get("PYTHON2"), shutil.which("python2.7"), shutil.which("python2")]
    candidates += sorted(glob.glob(os.path.join(root, "versions", "2.7*", "bin", "python2.7")))
    for candidate in candidates:
        if candidate and succeeds([candidate, "-c", PROBE]):
            return candidate
    return None


def ensure(folder, packages, virtualenv):
    """Sees to it that `folder` has these {package: version}, if that can be."""
    python = find()
    if python is None:
        step("not there: Python 2.7; the tests of Volatility 2 will be skipped "
             "(PYTHON2=... names one that is not on the PATH)")
        return
    have = stamp.read(folder, python)
    if have is not None and packages.items() <= have.items():
        return
    step(f"making {folder.parent.name}/{folder.name} with {python}")
    remove(folder)
    create(folder, python, virtualenv)
    pins = [f"{name}=={version}" for name, version in packages.items()]
    step("pip install " + " ".join(pins))
    must([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *pins])
    stamp.write(folder, python, packages)


def create(folder, python, virtualenv):
    """Makes an empty environment. Python 2.7 has no venv module of its own, so
    its pip fetches a virtualenv that is thrown away afterwards."""
    with tempfile.TemporaryDirectory() as path:
        must([python, "-m", "pip", "install", "--quiet", "--target", path,
              f"virtualenv=={virtualenv}"])
        must([python, "-m", "virtualenv", "--quiet", "--no-download", pathlib.Path(folder)],
             env={**os.environ, "PYTHONPATH": path})


def must(command, **options):
    """Runs a command that has to succeed."""
    status, output = quietly(command, **options)
    if status != 0:
        raise Problem("the environment for Volatility 2 could not be made",
                      "see the message above; PYTHON2=/nowhere leaves Volatility 2 out", output)
