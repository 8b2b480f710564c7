"""Turns measurements into Markdown, with the goals beside the ratios."""

from measure import SIZES

BASE = "original, single"
# (way, bytes of a read): how many times as fast as the base it is meant to be.
GOALS = {
    ("single", 8): 1, ("single", 4096): 1, ("single", 65536): 1, ("single", 1 << 20): 1,
    ("vectored", 8): 30, ("vectored", 4096): 8,
    ("descriptor", 8): 250, ("descriptor", 4096): 15,
}


class Table:
    """What one client measured: {name: {size: Result}}, names being "SERVER, WAY"."""

    def __init__(self, client, results):
        self.client, self.results = client, results

    def ratio(self, name, size):
        """How many times as fast as the base, by the medians."""
        return self.results[BASE][size].median / self.results[name][size].median

    def met(self, name, size):
        """Whether the goal is met, as it is printed; None where there is none."""
        goal = GOALS.get((name.rpartition(", ")[2], size))
        if goal is None or name == BASE:
            return None
        return round(self.ratio(name, size), 2) >= goal

    def lines(self):
        yield f"### {self.client}"
        yield ""
        yield "| server, way | " + " | ".join(SIZES.values()) + " |"
        yield "|---|" + "---:|" * len(SIZES)
        for name in self.results:
            yield f"| {name} | " + " | ".join(self.cell(name, size) for size in SIZES) + " |"
        yield ""

    def cell(self, name, size):
        if size not in self.results[name]:
            return "–"
        result = self.results[name][size]
        return f"{duration(result.median)} (least {duration(result.least)}), {times(self.ratio(name, size))}"

    def verdicts(self):
        """A line of the overview for each server and way."""
        for name in self.results:
            cells = [self.verdict(name, size) for size in SIZES]
            if any(cells):
                yield f"| {self.client} | {name} | " + " | ".join(cells) + " |"

    def verdict(self, name, size):
        met = self.met(name, size)
        if met is None:
            return ""
        goal = GOALS[name.rpartition(", ")[2], size]
        return f"{times(self.ratio(name, size))} of {goal}: {word(met)}"


class Sequential:
    """Reading from one end to the other: {name: Result} of ns a byte, and goals by
    name; `base` is 1."""

    def __init__(self, title, base, results, goals):
        self.title, self.base, self.results, self.goals = title, base, results, goals

    def ratio(self, name):
        return self.results[self.base].median / self.results[name].median

    def lines(self):
        yield f"### {self.title}"
        yield ""
        yield "| | MB/s | (best) | ratio | goal |"
        yield "|---|---:|---:|---:|---|"
        for name, result in self.results.items():
            yield (f"| {name} | {1e3 / result.median:.0f} | {1e3 / result.least:.0f} | {times(self.ratio(name))} "
                   f"| {self.goal(name)} |")
        yield ""

    def goal(self, name):
        if name not in self.goals:
            return ""
        return f"≥ {self.goals[name]}: {word(round(self.ratio(name), 2) >= self.goals[name])}"

    def verdicts(self):
        return ()


def word(met):
    return "met" if met else "**not met**"


def times(ratio):
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:.0f}"


def duration(ns):
    return f"{ns:.0f} ns" if ns < 1e4 else f"{ns / 1e3:.1f} µs"


def document(head, versions, tables, missing):
    """All of RESULTS.md."""
    yield head
    yield "## Goals of single requests, vectored ones and descriptors"
    yield ""
    yield "| client | server, way | " + " | ".join(SIZES.values()) + " |"
    yield "|---|---|" + "---|" * len(SIZES)
    for table in tables:
        yield from table.verdicts()
    yield ""
    yield "## Measured with"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for what, version in versions:
        yield f"| {what} | {version} |"
    yield ""
    for what, reason in missing.items():
        yield f"- left out: {what}: {reason}"
    if missing:
        yield ""
    yield "## Tables"
    yield ""
    for table in tables:
        yield from table.lines()
