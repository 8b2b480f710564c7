"""Runs the clients and collects what they print: a line of JSON for each read that
was measured, {"name": which server and way, "size": bytes, "ns": time of a read}.

A client has all servers connected and reads from each in turn, for 10 ms; a round is
over when each had its turn. So whatever else the machine does falls on all alike.
"""

import collections
import json
import statistics
import subprocess
import sys

SIZES = {8: "8 B", 4096: "4 KiB", 65536: "64 KiB", 1 << 20: "1 MiB"}

# Nanoseconds of a read: the median of the rounds, and the least.
Result = collections.namedtuple("Result", "median least")


def lines(command):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}\nerror: {command[0]} failed\nhint: see its words above")
    return [json.loads(line) for line in done.stdout.splitlines()]


def client(command, rounds, targets, sizes=tuple(SIZES)):
    """What a client measures: {name: {size: Result}}. targets are {name: (way, socket)}."""
    arguments = [f"{name}={way}:{socket}" for name, (way, socket) in targets.items()]
    times = collections.defaultdict(lambda: collections.defaultdict(list))
    for each in lines([*command, "read", rounds, ",".join(map(str, sizes)), *arguments]):
        times[each["name"]][each["size"]].append(each["ns"])
    return {name: {size: Result(statistics.median(ns), min(ns)) for size, ns in by_size.items()}
            for name, by_size in times.items()}
