"""Runs plug-ins on a request, in rounds: each round has every variant once, so that what
else the machine does falls on all alike."""

import collections
import os
import statistics
import subprocess
import sys
import time

# Seconds from start to end, of processors, and of processors in the median; the most
# memory in MiB; the size of the output in bytes.
Result = collections.namedtuple("Result", "wall cpu median memory size")


def once(program, request, log):
    """(wall, cpu, MiB, output's size) of a run. The request is a file, and so is the
    output: no pipe is waited for."""
    with open(request, "rb") as stdin, open(log, "wb") as stdout:
        start = time.perf_counter()
        process = subprocess.Popen([str(program)], stdin=stdin, stdout=stdout)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = status
    if status != 0:
        sys.exit(f"error: {program} failed with status {status}\nhint: see its words above")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.path.getsize(log)


def rounds(variants, count, log):
    """variants is {name: (program, request)}; returns {name: Result}."""
    samples = collections.defaultdict(list)
    for _ in range(count):
        for name, (program, request) in variants.items():
            samples[name].append(once(program, request, log))
    return {name: result(each) for name, each in samples.items()}


def result(samples):
    wall, cpu, memory, size = zip(*samples)
    return Result(min(wall), min(cpu), statistics.median(cpu), statistics.median(memory), size[0])
