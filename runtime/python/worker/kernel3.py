"""Whether Volatility 3 reads the kernel at all.

A Linux plugin that finds nothing ends well, with no rows: so it does when the
page tables are not where they were looked for, or have a level more than
Volatility walks. An empty table is a result only when the first process, which
every kernel has, can be read.
"""
from .failure import Failure

KERNEL_MAP = 0xFFFFFFFF80000000


def check(context, name):
    """Raises a Failure unless each Linux kernel of the context reads as one."""
    for each in list(context.modules):
        kernel = context.modules[each]
        if kernel.has_symbol("init_task") and not reads_swapper(kernel):
            raise unreadable(context, kernel, name)


def reads_swapper(kernel):
    from volatility3.framework import exceptions

    try:
        task = kernel.object_from_symbol("init_task")
        comm = task.comm.cast("bytes", length=task.comm.vol.size)
    except exceptions.VolatilityException:
        return False
    return bytes(comm).startswith(b"swapper")


def unreadable(context, kernel, name):
    if has_five_levels(context, kernel):
        return Failure(
            "unreadable-kernel",
            "the guest uses 5-level paging, which Volatility 3 does not read",
            "boot the guest with the kernel option no5lvl (QEMU: -cpu ...,la57=off) and take the image again",
        )
    return Failure(
        "unreadable-kernel",
        "%s found nothing, and the kernel's first process can't be read" % name,
        "the image is not whole, was taken while the guest rebooted, or the symbol file is of another build",
    )


def has_five_levels(context, kernel):
    """Reads the kernel's own mark, past the page tables that can't be followed."""
    from volatility3.framework import exceptions

    mark, top = "__pgtable_l5_enabled", "init_top_pgt"
    if not (kernel.has_symbol(mark) and kernel.has_symbol(top)):
        return False
    try:
        layer = context.layers[kernel.layer_name]
        shift = layer.config["page_map_offset"] - (address(kernel, top) - KERNEL_MAP)
        physical = context.layers[layer.config["memory_layer"]]
        value = physical.read(address(kernel, mark) - KERNEL_MAP + shift, 4)
    except (exceptions.VolatilityException, KeyError):
        return False
    return value == b"\x01\x00\x00\x00"


def address(kernel, symbol):
    """The address that the symbol file gives, before the kernel was moved."""
    return kernel.get_symbol(symbol).address | 0xFFFF000000000000
