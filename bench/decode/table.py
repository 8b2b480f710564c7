"""Turns measurements into Markdown, with the goals beside the ratios."""

import measured

TITLES = {
    "pslist": "rows like linux_pslist's",
    "mixed": "rows of 20 mixed fields",
    "nested": "rows with nested and repeated fields and a map",
    "kallsyms": "rows of linux.kallsyms",
}

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


class Table:
    """A comparison of one set: every variant, and how `ours` compares with it.

    part and group say where the goals' overview lists it. missing has peers that
    are left out, and why.
    """

    def __init__(self, part, group, title, results, ours, goals, missing=()):
        self.part, self.group, self.title = part, group, title
        self.results, self.ours, self.goals = results, ours, goals
        self.missing = dict(missing)

    def ratio(self, name):
        """How many times as fast ours is as another variant, or None."""
        if name == self.ours or self.ours not in self.results or name not in self.results:
            return None
        return self.results[name].least / self.results[self.ours].least

    def met(self, name):
        """Whether the goal against a variant is met; None where there is none."""
        ratio = self.ratio(name)
        if ratio is None or name not in self.goals:
            return None
        # As it is printed: a ratio of 0.997 is 1.00.
        return round(ratio, 2) >= round(self.goals[name], 2)

    def lines(self):
        yield f"### {self.title}"
        yield ""
        yield f"| variant | ns a row | median | MB/s | allocations a row | time ÷ {self.ours} | goal |"
        yield "|---|---:|---:|---:|---:|---:|---|"
        for name, each in self.results.items():
            yield (f"| {name} | {each.least:.1f} | {each.median:.1f} | {each.bytes_a_row / each.least * 1e3:.0f} "
                   f"| {count(each.allocations)} | {times(self.ratio(name))} | {self.goal(name)} |")
        for name, reason in self.missing.items():
            yield f"| {name} | – | – | – | – | – | left out: {reason} |"
        yield ""

    def verdicts(self):
        """(against what, goal, how it went) for the overview."""
        for name in self.goals:
            if self.met(name) is not None:
                cell = f"{times(self.ratio(name))} {word(self.met(name))}{self.bound(name)}"
                yield name, f"≥ {self.goals[name]:.2f}", cell
        own = self.results[self.ours].allocations if self.ours in self.results else None
        if own is not None:
            yield "(volint's allocations a row)", "0", f"{count(own)} {word(own == 0)}"

    def bound(self, name):
        """Where a goal is not met: how far the loop by hand comes."""
        hand = self.results.get(self.ours.replace("volint", "by hand"), self.results.get("by hand"))
        if self.met(name) or hand is None or name == "by hand":
            return ""
        return f", by hand {times(self.results[name].least / hand.least)}"

    def goal(self, name):
        met = self.met(name)
        if met is None:
            return ""
        return f"≥ {self.goals[name]:.2f}: {word(met)}"


def word(met):
    return "met" if met else "**not met**"


def times(ratio):
    return "" if ratio is None else f"{ratio:.2f}"


def count(allocations):
    return "–" if allocations is None else f"{allocations:.3g}"


def go(measured):
    for way, goals in (("decode", GO_DECODE), ("encode", {})):
        for group, results in measured[way].items():
            ours = "volint, Decode" if way == "decode" else "volint"
            yield Table("Go", group, f"Go, {way}: {TITLES[group]}", results, ours, goals)


def c(measured, missing):
    for way, goals in (("decode", C_DECODE), ("encode", {})):
        for group, results in measured[way].items():
            ours = "volint, in place" if way == "decode" else "volint"
            yield Table("C", group, f"C, {way}: {TITLES[group]}", results, ours, goals, missing)


def python(measured, missing):
    for title, groups in measured.items():
        for group, results in groups.items():
            yield Table(title, group, f"{title}: encode to {'memory' if group == 'memory' else 'a pipe'}", results,
                        "volint, plug-in, expressions", PYTHON, missing)


def overview(tables):
    """The goals alone: a line for each, a column for each set; those of encoders, to
    memory and to a pipe, in a table of their own."""
    for groups in (tuple(TITLES), ("memory", "pipe")):
        rows = {}
        for table in tables:
            if table.group in groups and table.goals:
                for what, goal, cell in table.verdicts():
                    rows.setdefault((table.part, what, goal), {})[table.group] = cell
        if not rows:
            continue
        yield "| | time ÷ volint's | goal | " + " | ".join(groups) + " |"
        yield "|---|---|---:|" + "---|" * len(groups)
        for (part, what, goal), cells in rows.items():
            yield f"| {part} | {what} | {goal} | " + " | ".join(cells.get(group, "") for group in groups) + " |"
        yield ""


def document(head, versions, tables):
    """All of RESULTS.md."""
    yield head
    yield "## Goals"
    yield ""
    yield from overview(tables)
    yield from measured.table(versions)
    part = None
    for table in tables:
        if table.part.partition(" ")[0] != part:
            part = table.part.partition(" ")[0]
            yield f"## {part}"
            yield ""
        yield from table.lines()
