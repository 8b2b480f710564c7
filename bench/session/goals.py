"""What is to be reached, beside what was measured. Ratios are of medians."""

import collections

# How often as fast, or at most how much of it: wanted and measured.
Goal = collections.namedtuple("Goal", "what wanted got at_least")


def median(part, what):
    return part["times"][what]["median"]


def reached(goal):
    return goal.got >= goal.wanted if goal.at_least else goal.got <= goal.wanted


def goals(results):
    """The goals that were measured on an image, as Goals."""
    if "pslist" in results:
        part = results["pslist"]
        vol = median(part, "vol")
        yield Goal("warm pslist is so many times as fast as a `vol` process", 50, vol / median(part, "warm"), True)
        yield Goal("the first `volint run` takes so much of a `vol` process's time", 0.6,
                   median(part, "volint run, the first") / vol, False)
        yield Goal("a later `volint run` takes so much of it", 0.15, median(part, "volint run, later") / vol, False)
    if "all" in results:
        part = results["all"]
        ours = median(part, "session, from its start")
        yield Goal("all commands are so many times as fast as `vol` processes one after another", 20,
                   median(part, "vol, one after another") / ours, True)
        yield Goal("and as `vol` processes side by side", 8, median(part, "vol, side by side") / ours, True)
    if results.get("live"):
        part = results["live"]
        yield Goal("pslist of a guest that runs takes so much of the time of a dump's", 1.1,
                   median(part, "live") / median(part, "file"), False)
        yield Goal("--pause holds the guest for so much of a warm command's time", 1.2,
                   median(part, "the guest stood") / median(part, "live"), False)
