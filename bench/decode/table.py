"""Turns measurements into Markdown, with the goals beside the ratios."""

import collections

# How many times as fast as a peer volint is meant to be, by (part, peer); below 1
# for what volint may fall behind.
Goal = collections.namedtuple("Goal", "variant ratio")

GO_DECODE = {
    "protobuf-go, open, new message": 8,
    "vtprotobuf, unsafe, new message": 3,
    "easyproto": 1.5,
    "by hand": 1 / 1.2,
}

TITLES = {
    "pslist": "rows like linux_pslist's",
    "mixed": "rows of 20 mixed fields",
    "nested": "rows with nested and repeated fields and a map",
    "kallsyms": "rows of linux.kallsyms",
}


def comparison(title, results, ours, goals):
    """A table of one set: every variant, and how `ours` compares with it."""
    yield f"### {title}"
    yield ""
    yield f"| variant | ns a row | median | MB/s | allocations a row | {ours} is | goal |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    base = results.get(ours)
    for name, each in results.items():
        ratio = goal = ""
        if base and name != ours:
            times = each.least / base.least
            ratio = f"{times:.2f} ×"
            if name in goals:
                word = "met" if times >= goals[name] else "**not met**"
                goal = f"≥ {goals[name]:.3g} ×: {word}"
        rate = f"{each.bytes_a_row / each.least * 1e3:.0f}"
        yield f"| {name} | {each.least:.1f} | {each.median:.1f} | {rate} | {each.allocations} | {ratio} | {goal} |"
    yield ""


def go(measured):
    lines = ["## Go", ""]
    for group, results in measured["decode"].items():
        lines += comparison(f"Go, decode: {TITLES[group]}", results, "volint, Decode", GO_DECODE)
    for group, results in measured["encode"].items():
        lines += comparison(f"Go, encode: {TITLES[group]}", results, "volint, Decode", {})
    return lines
