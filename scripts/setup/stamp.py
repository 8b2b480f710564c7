"""The note in each folder below .tools of what is there and what made it.

It makes a second run quick, and tells a folder that is whole from one whose making
was interrupted, or whose place or maker (an environment's interpreter) has changed
since.
"""

import json

NAME = "stamp"


def read(folder, maker, proof="bin/python"):
    """Returns {package: version}, or None unless the folder is usable.

    Environments hold absolute paths, so one that was moved is not usable; nor is one
    whose interpreter was removed, or whatever else `proof` names.
    """
    try:
        state = json.loads((folder / NAME).read_text())
    except (OSError, ValueError):
        return None
    if state.get("folder") != str(folder) or state.get("interpreter") != maker:
        return None
    if not (folder / proof).exists():
        return None
    return state["packages"]


def write(folder, maker, packages):
    """Notes what is installed. To be called last, when all of it works."""
    state = {"folder": str(folder), "interpreter": maker, "packages": packages}
    (folder / NAME).write_text(json.dumps(state, indent=1, sort_keys=True) + "\n")
