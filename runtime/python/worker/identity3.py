"""Whether the memory that is read now is still of the guest in which Volatility found
the kernel.

A guest that started anew has its kernel elsewhere, most likely, and a plugin that
reads at the old place finds nothing, without an error. The kernel's banner and its
first process stand at known addresses.
"""
from volatility3.framework import exceptions

from . import kernel3

BANNER = "linux_banner"


def same_kernel(context):
    """Whether each Linux kernel of a context is where it was, and the one it was."""
    return all(is_there(context, context.modules[name]) for name in list(context.modules))


def is_there(context, kernel):
    if not is_linux(kernel):
        return True
    if not kernel3.reads_swapper(kernel):
        return False
    expected = context.layers[kernel.layer_name].config.get("kernel_banner", None)
    if not expected or not kernel.has_symbol(BANNER):
        return True
    expected = expected.encode("latin-1").rstrip(b"\x00")
    try:
        at = kernel.get_symbol(BANNER).address + kernel.offset
        return context.layers[kernel.layer_name].read(at, len(expected)) == expected
    except exceptions.VolatilityException:
        return False


def is_linux(kernel):
    try:
        return kernel.has_symbol("init_task")
    except exceptions.VolatilityException:
        return False


def has_kernel(context):
    """Whether there is a kernel that can be looked for again."""
    return any(is_linux(context.modules[name]) for name in list(context.modules))
