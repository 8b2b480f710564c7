"""The plugins of Volatility 3 that don't run in a forked child of a warm process, and
why: each runs in a process of its own."""

UNFORKABLE = {
    "frameworkinfo.FrameworkInfo": "it lists the classes that its process has, in the order in which they were made",
    "timeliner.Timeliner": "it runs plugins in the order in which their classes were made, and each changes what the next finds",
}
