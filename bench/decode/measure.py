"""Runs what build.py built, in rounds: each round has every variant once, so that
what else the machine does falls on all alike. Of each variant the least and the
median are kept.
"""

import collections
import json
import os
import re
import statistics
import subprocess
import sys

import build

# A variant's measurements: nanoseconds a row in each round, and what does not
# change from round to round.
Result = collections.namedtuple("Result", "least median allocations bytes_a_row")


class Samples:
    """Collects rounds: (set, variant) -> Result, in the order of first sight."""

    def __init__(self, names=None):
        self.names = names or {}
        self.times = collections.defaultdict(list)
        self.fixed = {}

    def add(self, group, name, ns, allocations=None, bytes_a_row=None):
        name = self.names.get(name, name)
        self.times[group, name].append(ns)
        self.fixed[group, name] = allocations, bytes_a_row

    def results(self):
        out = collections.defaultdict(dict)
        for (group, name), times in self.times.items():
            out[group][name] = Result(min(times), statistics.median(times), *self.fixed[group, name])
        return out


def output(*command, **options):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nerror: {command[0]} failed\nhint: see its words above")
    return done.stdout


# How a decoder makes its rows is nothing to the encoder.
ENCODERS = {
    "protobuf-go, open, new message": "protobuf-go, open",
    "protobuf-go, opaque, reused": "protobuf-go, opaque",
    "vtprotobuf, unsafe, reused": "vtprotobuf",
    "volint, Decode": "volint",
    "upb, text in the frame": "upb",
    "C++ protobuf, arena": "C++ protobuf",
}

# Go's tests rewrite blanks in a benchmark's name to _.
_GO = re.compile(r"^Benchmark(Decode|Encode)/(\w+)/(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op\s+([\d.]+) MB/s"
                 r"\s+([\d.]+) cpu-ns/op\s+\d+ B/op\s+(\d+) allocs/op", re.M)


def go(binary, rounds, sets=None, ours=False):
    """One process a round: {"decode": results, "encode": results}."""
    samples = {"Decode": Samples(), "Encode": Samples(ENCODERS)}
    pattern = f"/^({'|'.join(sets or ['.*'])})$/" + ("^(by_hand|volint)" if ours else "")
    for _ in range(rounds):
        text = output(binary, "-test.run=^$", f"-test.bench=.{pattern}", "-test.benchtime=200000x",
                      cwd=build.HERE / "peers")
        for way, group, name, passed, rate, ns, allocations in _GO.findall(text):
            size = float(rate) * float(passed) / 1e3
            samples[way].add(group, name.replace("_", " "), float(ns), int(allocations), size)
    return {way.lower(): each.results() for way, each in samples.items()}


def c(binary, rounds, sets=None):
    """One process, which does the rounds itself and prints a JSON object a line."""
    samples = {"decode": Samples(), "encode": Samples(ENCODERS)}
    text = output(binary, build.DATA, "measure", rounds, *(sets or []))
    for line in text.splitlines():
        each = json.loads(line)
        samples[each["way"]].add(each["set"], each["name"], each["ns"], each["allocations"], each["bytes"])
    return {way: each.results() for way, each in samples.items()}


def python(runs, rounds, rows, ours=False):
    """A process for each of the (title, interpreter, folder, backend) in each round:
    {title: {"memory": results, "pipe": results}}."""
    samples = {title: Samples() for title, *_ in runs}
    for _ in range(rounds):
        for title, interpreter, folder, backend in runs:
            text = output(interpreter, build.HERE / "python" / "rows.py", folder, build.DATA, rows, "measure",
                          "ours" if ours else "all", env=backend_environment(backend))
            for line in text.splitlines():
                each = json.loads(line)
                samples[title].add(each["set"], each["name"], each["ns"], None, each["bytes"])
    return {title: each.results() for title, each in samples.items()}


def backend_environment(backend):
    return {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": backend}
