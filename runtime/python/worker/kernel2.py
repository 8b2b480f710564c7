"""Whether Volatility 2 reads the Linux kernel that it found.

The kernel's banner and its first process stand where its symbols say. A guest that
started anew has them elsewhere, most likely; where they can't be read, plugins find
nothing, without an error.
"""
BANNER = 256  # as much of it as tells kernels apart


def is_linux(space):
    return space.profile.metadata.get("os", "") == "linux"


def reads_swapper(space):
    """Whether the first process, which every kernel has, can be read."""
    import volatility.obj as obj

    address = space.profile.get_symbol("init_task")
    task = obj.Object("task_struct", vm=space, offset=address) if address else None
    return bool(task) and str(task.comm).startswith("swapper")


def banner(space):
    """The kernel's banner; "" where it can't be read."""
    address = space.profile.get_symbol("linux_banner")
    found = space.zread(address, BANNER) if address else ""
    return (found or "").split("\0", 1)[0]
