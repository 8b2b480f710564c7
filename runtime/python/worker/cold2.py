"""The commands of Volatility 2 that don't run in a forked child of a warm process, and
why: each runs in a process of its own, as Volatility runs it."""

UNFORKABLE = {}
