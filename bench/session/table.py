"""Turns measurements into Markdown."""

import goals
import measured


def document(head, versions, images, results):
    """All of RESULTS.md."""
    lines = [head, "## Goals", "", "| | image | wanted | measured | |", "|---|---|---:|---:|---|"]
    for image in images:
        lines += [f"| {goal.what} | {image.name} | {'≥' if goal.at_least else '≤'} {goal.wanted} | {goal.got:.3g} | "
                  f"{'met' if goals.reached(goal) else '**not met**'} |" for goal in goals.goals(results[image.name])]
    lines += ["", *measured.table(versions)]
    for image in images:
        lines += [f"## {image.title[0].upper()}{image.title[1:]}", ""]
        for part, result in results[image.name].items():
            lines += [line for line in PARTS[part](result)] if result else []
    return "\n".join(lines)


def times(part, base=None, extra=()):
    """A table of times; what stands in `extra` are more columns: (title, {what: text})."""
    columns = "".join(f" {title} |" for title, _ in extra)
    yield f"| | least | median | runs |{' of the first line |' if base else ''}{columns}"
    yield "|---|---:|---:|---:|" + ("---:|" if base else "") + "---:|" * len(extra)
    for what, each in part["times"].items():
        of = f" {percent(each['median'] / part['times'][base]['median'])} |" if base else ""
        more = "".join(f" {values.get(what, '')} |" for _, values in extra)
        yield f"| {what} | {duration(each['least'])} | {duration(each['median'])} | {each['times']} |{of}{more}"
    yield ""


def pslist(part):
    yield "### linux.pslist"
    yield ""
    yield from times(part, "vol", [("read of the image", read(part))])


def read(part):
    return {what: amount(count) + (" and a mapping" if mapped else "") for what, (count, mapped) in part["bytes"].items()}


def everything(part):
    yield f"### All {part['commands']} commands for Linux and for any system that run on it"
    yield ""
    yield from times(part, "vol, one after another", [("read of the image", read(part))])
    for plugin, why in part["failed"].items():
        yield f"- fails in a session: {plugin}: {why}"
    if part["failed"]:
        yield ""


def kallsyms(part):
    yield f"### linux.kallsyms: {part['rows']} rows"
    yield ""
    first = {what: duration(each["median"]) for what, each in part["first"].items()}
    memory = {what: amount(count) for what, count in part["memory"].items()}
    yield from times(part, None, [("first row, median", first), ("most memory", memory)])


def live(part):
    yield "### linux.pslist of a guest that runs"
    yield ""
    yield from times(part, "file")


PARTS = {"pslist": pslist, "all": everything, "kallsyms": kallsyms, "live": live}


def duration(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def amount(count):
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def percent(ratio):
    return f"{ratio * 100:.3g} %"
