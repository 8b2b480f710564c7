"""Turns measurements into Markdown, with the goals beside the ratios."""

# How many times as fast as a peer volint is meant to be; below 1 for what it may
# fall behind.
GO_DECODE = {
    "protobuf-go, open, new message": 8,
    "vtprotobuf, unsafe, new message": 3,
    "easyproto": 1.5,
    "by hand": 1 / 1.2,
}

C_DECODE = {"protobuf-c": 8, "nanopb": 5, "upb, text in the frame": 1.5}

PYTHON = {"protobuf, upb": 1, "protobuf, pure Python": 6}

TITLES = {
    "pslist": "rows like linux_pslist's",
    "mixed": "rows of 20 mixed fields",
    "nested": "rows with nested and repeated fields and a map",
    "kallsyms": "rows of linux.kallsyms",
}


def comparison(title, results, ours, goals, missing=()):
    """A table of one set: every variant, and how `ours` compares with it."""
    yield f"### {title}"
    yield ""
    yield f"| variant | ns a row | median | MB/s | allocations a row | {ours} is | goal |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    base = results.get(ours)
    for name, reason in dict(missing).items():
        yield f"| {name} | – | – | – | – | – | left out: {reason} |"
    for name, each in results.items():
        ratio = goal = ""
        if base and name != ours:
            times = each.least / base.least
            ratio = f"{times:.2f} ×"
            if name in goals:
                word = "met" if times >= goals[name] else "**not met**"
                goal = f"≥ {goals[name]:.3g} ×: {word}"
        rate = f"{each.bytes_a_row / each.least * 1e3:.0f}"
        yield f"| {name} | {each.least:.1f} | {each.median:.1f} | {rate} | {count(each.allocations)} | {ratio} | {goal} |"
    yield ""


def go(measured):
    lines = ["## Go", ""]
    for group, results in measured["decode"].items():
        lines += comparison(f"Go, decode: {TITLES[group]}", results, "volint, Decode", GO_DECODE)
    for group, results in measured["encode"].items():
        lines += comparison(f"Go, encode: {TITLES[group]}", results, "volint, Decode", {})
    return lines


def c(measured, missing):
    lines = ["## C", ""]
    for group, results in measured["decode"].items():
        lines += comparison(f"C, decode: {TITLES[group]}", results, "volint, in place", C_DECODE, missing)
    return lines


def count(allocations):
    return "–" if allocations is None else f"{allocations:.3g}"


def python(measured, lines):
    lines = ["## Python", "", *lines]
    for title, groups in measured.items():
        for group, results in groups.items():
            lines += comparison(f"{title}: encode to {'memory' if group == 'memory' else 'a pipe'}", results,
                                "volint, plug-in, expressions", PYTHON)
    return lines
