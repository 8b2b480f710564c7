"""Measures all ways of running commands on one image.

A result is {what: {"least": seconds, "median": seconds, "times": how often}}; other
numbers stand by themselves.
"""

import contextlib
import json
import os
import pathlib
import shutil
import statistics
import tempfile

import processes
import subject
from driver import Driver

JOBS = os.cpu_count()


def summary(samples):
    return {"least": min(samples), "median": statistics.median(samples), "times": len(samples)}


def seconds(answer, field="ns"):
    return answer[field] / 1e9


def measure(image, driver, command, options):
    """All results of an image: {part: result}."""
    few, many = (1, 3) if options.quick else (7, 41)
    results = {}
    for name in options.only:
        print(f"measuring: {name}, {image.title}", flush=True)
        results[name] = PARTS[name](image, driver, command, few, many, options.quick)
    return results


def pslist(image, driver, command, few, many, quick):
    """One command, in all ways, by turns."""
    prepare(image)
    samples = {}

    def note(what, *values):
        samples.setdefault(what, []).extend(values)

    with opened(image, driver, "warm"):
        driver.run("warm", subject.PSLIST, message=subject.MESSAGE)
        for _ in range(few):
            note("vol", processes.timed(image.vol(subject.PSLIST), image.environment).whole)
            note("vol, nothing cached", empty_vol(image))
            note("vol -c", processes.timed(image.vol_saved(subject.PSLIST), image.environment).whole)
            # The first call imports plugins, too.
            note("pandare", *json.loads(processes.output(image.pandare(subject.PSLIST, 3), image.environment))[1:])
            image.forget(everything=True)
            note("volint run, nothing cached", volint(image))
            image.forget()
            note("volint run, the first", volint(image))
            note("volint run, later", volint(image))
            note("warm", *(seconds(driver.run("warm", subject.PSLIST, message=subject.MESSAGE)) for _ in range(many)))
            note("warm, as a table", *(seconds(driver.run("warm", subject.PSLIST)) for _ in range(many)))
    return {"times": {what: summary(values) for what, values in samples.items()}, "bytes": read_by_each(image, command)}


def prepare(image):
    """Fills the caches that everybody may have, and saves a configuration."""
    image.saved.unlink(missing_ok=True)
    processes.output(image.vol(subject.PSLIST, "--save-config", image.saved), image.environment)
    image.forget(everything=True)
    volint(image)


def volint(image):
    return processes.timed(image.volint("linux_pslist"), image.environment).whole


def empty_vol(image):
    with tempfile.TemporaryDirectory() as cache:
        return processes.timed(image.vol(subject.PSLIST, cache=cache), image.environment).whole


@contextlib.contextmanager
def opened(image, driver, session, /, **fields):
    """A session with a cache of its own, so that emptying the other does nothing to it."""
    cache = image.folder / ("cache-" + session.replace(", ", "-").replace(" ", "-"))
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(mode=0o700)
    image.open(driver, session, cache, **fields)
    yield
    driver.do("close", session)


def read_by_each(image, command):
    """Bytes of the image that each way reads, by strace."""
    once = lambda line: processes.read_of(image.image, line, image.environment, plain(image))
    result = {"vol": once(image.vol(subject.PSLIST)), "vol -c": once(image.vol_saved(subject.PSLIST))}
    result["pandare"] = once(image.pandare(subject.PSLIST, 1))
    image.forget()
    result["volint run, the first"] = once(image.volint("linux_pslist"))
    result["volint run, later"] = once(image.volint("linux_pslist"))
    runs = 5
    first, more = (processes.read_of(image.image, command, image.environment, talk(image, n)) for n in (1, 1 + runs))
    result["warm"] = ((more[0] - first[0]) // runs, more[1])
    return result


def plain(image):
    return lambda line: processes.output(line, image.environment)


def talk(image, runs):
    """Has a driver run the command so often in a session."""
    def way(line):
        with Driver(line, image.environment) as driver, opened(image, driver, "traced"):
            for _ in range(runs):
                driver.run("traced", subject.PSLIST, message=subject.MESSAGE)
    return way


def everything(image, driver, command, few, many, quick):
    """All commands: as many processes one after the other, side by side, a session."""
    each = {}
    for plugin in image.plugins()[:: 8 if quick else 1]:
        line = image.vol(plugin)
        try:
            each[plugin] = processes.timed(line, image.environment).whole
        except processes.Failed:  # it does not run on this image
            continue
    lines = [image.vol(plugin) for plugin in each]
    side = [processes.side_by_side(lines, image.environment, JOBS) for _ in range(1 if quick else 2)]
    read = {"vol, one after another": processes.read_by_all(image.image, lines, image.environment, JOBS)}
    read["session, from its start"] = processes.read_of(image.image, command, image.environment, talk_all(image, list(each)))
    cold, warm, failed = [], [], {}
    for _ in range(1 if quick else 3):
        with opened(image, driver, "all"):
            first = driver.do("all", "all", plugins=list(each), jobs=JOBS)
            again = driver.do("all", "all", plugins=list(each), jobs=JOBS)
        cold.append(seconds(first))
        warm.append(seconds(again))
        failed.update(first.get("failed", {}))
    return {"commands": len(each), "each": each, "failed": failed, "bytes": read, "times": {
        "vol, one after another": summary([sum(each.values())]), "vol, side by side": summary(side),
        "session, from its start": summary(cold), "session, again": summary(warm)}}


def talk_all(image, plugins):
    """Has a driver run all commands in a session."""
    def way(line):
        with Driver(line, image.environment) as driver, opened(image, driver, "traced"):
            driver.do("all", "traced", plugins=plugins, jobs=JOBS)
    return way


def kallsyms(image, driver, command, few, many, quick):
    """A long table: its first row, its last, and the memory that it takes."""
    result, samples = {"memory": {}}, {}
    for renderer in ("json", "csv", "jsonl"):
        line = image.vol(subject.KALLSYMS, renderer=renderer)
        samples[f"vol -r {renderer}"] = [processes.timed(line, image.environment) for _ in range(min(few, 3))]
        result["memory"][f"vol -r {renderer}"] = processes.peak(line, image.environment)
    with opened(image, driver, "rows"):
        with processes.Memory(driver.process.pid) as memory:
            first = driver.run("rows", subject.KALLSYMS)
        result["memory"]["session, the first command"] = memory.peak
        samples["session, the first command"] = [times(first)]
        samples["session, warm"] = [times(driver.run("rows", subject.KALLSYMS)) for _ in range(few)]
        with processes.Memory(driver.process.pid) as memory:
            driver.run("rows", subject.KALLSYMS)
        result["memory"]["session, warm"] = memory.peak
    result["rows"] = first["rows"]
    result["times"] = {what: summary([each.whole for each in list_]) for what, list_ in samples.items()}
    result["first"] = {what: summary([each.first for each in list_]) for what, list_ in samples.items()}
    return result


def times(answer):
    return processes.Times(seconds(answer), seconds(answer, "first"))


def live(image, driver, command, few, many, quick):
    """A guest that runs beside a dump of it, and how long it stands for a command."""
    if image.name != "debian":
        return {}
    where = driver.do("boot")["path"]
    dump = pathlib.Path(tempfile.mkdtemp(dir=image.folder)) / "dump"
    driver.do("stop")
    driver.do("copy", save=str(dump))
    driver.do("continue")

    def turns(samples, session):
        """By turns on the dump and on the guest; a QMP socket is for one session."""
        for _ in range(many):
            for what in ("file", session):
                samples.setdefault(what, []).append(seconds(driver.run(what, subject.PSLIST, message=subject.MESSAGE)))

    samples = {}
    with opened(image, driver, "file", image=str(dump)):
        driver.run("file", subject.PSLIST, message=subject.MESSAGE)
        for session, fields in {"live": {}, "live, with --pause": {"pause": True}}.items():
            with opened(image, driver, session, image=where, **fields):
                driver.run(session, subject.PSLIST, message=subject.MESSAGE)
                before = len(driver.do("held").get("held", []))
                turns(samples, session)
        held = [ns / 1e9 for ns in driver.do("held")["held"][before:]]
    shutil.rmtree(dump.parent)
    result = {what: summary(values) for what, values in samples.items()}
    return {"times": {**result, "the guest stood": summary(held)}}


PARTS = {"pslist": pslist, "all": everything, "kallsyms": kallsyms, "live": live}
