"""The note in each environment of what is installed there.

It makes a second run quick, and tells an environment that is whole from one
whose making was interrupted, or whose folder or interpreter has changed since.
"""

import json

NAME = "stamp"


def read(folder, interpreter):
    """Returns {package: version}, or None unless the environment is usable.

    Environments hold absolute paths, so one that was moved is not usable.
    """
    try:
        state = json.loads((folder / NAME).read_text())
    except (OSError, ValueError):
        return None
    if state.get("folder") != str(folder) or state.get("interpreter") != interpreter:
        return None
    if not (folder / "bin" / "python").exists():  # its interpreter was removed
        return None
    return state["packages"]


def write(folder, interpreter, packages):
    """Notes what is installed. To be called last, when all of it works."""
    state = {"folder": str(folder), "interpreter": interpreter, "packages": packages}
    (folder / NAME).write_text(json.dumps(state, indent=1, sort_keys=True) + "\n")
