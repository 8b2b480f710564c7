"""Runs a request without volint, to look at the worker alone:

    python runtime/python/worker REQUEST.json DROPINS 3>frames 4>control

REQUEST.json is a request as main.py describes it, DROPINS a folder that
protoc-gen-volrender wrote.
"""
import glob
import json
import os
import sys


def sources(folder):
    found = {}
    for path in glob.glob(os.path.join(folder, "*.py")):
        with open(path) as source:
            found[os.path.basename(path)] = source.read()
    return found


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    import boot

    with open(sys.argv[1]) as request:
        boot.start({"worker": sources(sys.path[0]), "dropins": sources(sys.argv[2]), "request": json.load(request)})
