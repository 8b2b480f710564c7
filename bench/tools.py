"""What the benchmarks have in common: where things are, and programs that are run."""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"


class Missing(Exception):
    """Something can't be had here: the reason is told in the tables."""


def run(*command, fails=None, **options):
    """Runs a program that has to succeed and returns what it printed. With fails,
    its failure is Missing(fails) and not the end."""
    try:
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, **options)
        trouble = done.stderr.strip() or done.stdout.strip()
        bad = done.returncode != 0
    except OSError as error:
        bad, trouble = True, str(error)
    if not bad:
        return done.stdout
    if fails:
        raise Missing(f"{fails}: {trouble.splitlines()[-1] if trouble else 'no reason given'}")
    sys.exit(f"{trouble}\nerror: {command[0]} failed\nhint: the make target sets up what this needs: see `make help`")


def tool(name):
    """The path of a program: what setup installed, else what is on the PATH."""
    for folder in ("py3/bin", "bin", "nanopb/bin"):
        path = TOOLS / folder / name
        if path.is_file():
            return path
    found = shutil.which(name)
    if found is None:
        raise Missing(f"there is no {name}")
    return pathlib.Path(found)


def pin(name):
    """A version that the Makefile pins."""
    return re.search(rf"^export PIN_{name} *:= *(\S+)$", (ROOT / "Makefile").read_text(), re.M)[1]


def fresh(folder):
    """Makes an empty folder, whatever was there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
