"""Turns measurements into Markdown, with the goals beside the ratios."""

import measured
from measure import SIZES

BASE = "original, single"
# (way, bytes of a read): how many times as fast as the base it is meant to be.
GOALS = {
    ("single", 8): 1, ("single", 4096): 1, ("single", 65536): 1, ("single", 1 << 20): 1,
    ("vectored", 8): 30, ("vectored", 4096): 8,
    ("descriptor", 8): 250, ("descriptor", 4096): 15,
}
# In Python, whose own time counts: what Volatility reads by, beside 256 of the
# original's requests of 4096 bytes.
PYTHON_GOALS = {("space", 1 << 20): 20}


class Table:
    """What one client measured: {name: {size: Result}}, names being "SERVER, WAY"."""

    def __init__(self, client, results, goals):
        self.client, self.results, self.goals = client, results, goals

    def ratio(self, name, size):
        """How many times as fast as the base."""
        return self.results[BASE][size].least / self.results[name][size].least

    def met(self, name, size):
        """Whether the goal is met, as it is printed; None where there is none."""
        goal = self.goal(name, size)
        if goal is None or name == BASE:
            return None
        return round(self.ratio(name, size), 2) >= goal

    def goal(self, name, size):
        return self.goals.get((name.rpartition(", ")[2], size))

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
        return f"{duration(result.least)} (median {duration(result.median)}), {times(self.ratio(name, size))}"

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
        return f"{times(self.ratio(name, size))} of {self.goal(name, size)}: {word(met)}"


class Peer(Table):
    """What somebody else's program measured, which reads no socket."""

    def __init__(self, client, results):
        super().__init__(client, results, {})

    def cell(self, name, size):
        if size not in self.results[name]:
            return "–"
        result = self.results[name][size]
        return f"{duration(result.least)} (median {duration(result.median)})"

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
    yield from measured.table(versions)
    for what, reason in missing.items():
        yield f"- left out: {what}: {reason}"
    if missing:
        yield ""
    yield "## Tables"
    yield ""
    for table in tables:
        yield from table.lines()
