"""Holds that all ways that are measured find the same rows."""

import json
import tempfile

import measured_ways as ways
import processes
import subject


def check(images, driver):
    """Returns the status."""
    wrong = [text for image in images for text in differences(image, driver)]
    for text in wrong:
        print(f"error: {text}")
    print(f"{len(images)} images, {len(wrong)} differences")
    return 1 if wrong else 0


def differences(image, driver):
    ways.prepare(image)
    for plugin in (subject.PSLIST, subject.KALLSYMS):
        want = flat(json.loads(processes.output(image.vol(plugin), image.environment)))
        if not want:
            yield f"{image.name}: {plugin} finds nothing"
        others = {"vol -c": flat(json.loads(processes.output(image.vol_saved(plugin), image.environment))),
                  "pandare": pandare(image, plugin), **sessions(image, driver, plugin)}
        for way, got in others.items():
            if got != want:
                yield f"{image.name}: {plugin} of {way} has other rows: {len(got)} and {len(want)}"
    yield from typed(image)


def typed(image):
    """volint's own rows have other names; who the processes are is the same."""
    want = [(row["PID"], row["COMM"]) for _, row in flat(json.loads(processes.output(image.vol(subject.PSLIST), image.environment)))]
    for way in ("the first", "later"):
        lines = processes.output(image.volint("linux_pslist"), image.environment).splitlines()
        if [(row["pid"], row["name"]) for row in map(json.loads, lines)] != want:
            yield f"{image.name}: volint run, {way}, has other processes"


def flat(rows, depth=0):
    """Volatility's tree as a list of (depth, row)."""
    found = []
    for row in rows:
        below = row.pop("__children")
        found += [(depth, row), *flat(below, depth + 1)]
    return found


def pandare(image, plugin):
    """pandare has no depths: the tables that are compared are flat."""
    return [(0, row) for row in json.loads(processes.output(image.pandare(plugin, 1, "--rows"), image.environment))]


def sessions(image, driver, plugin):
    found = {}
    with ways.opened(image, driver, "check"), tempfile.NamedTemporaryFile() as file:
        for way in ("a session's first command", "a warm command", "another"):
            driver.run("check", plugin, save=file.name)
            with open(file.name, encoding="utf-8") as lines:
                rows = [json.loads(line) for line in lines]
            found[way] = [(row["depth"], row["row"]) for row in rows]
    return found
