"""Why Volatility 2 could not run a command."""
import re

from . import failure, kernel2, names
from .failure import Failure

BANNER = re.compile(r"Linux version \d+\.\d+[^\x00\n]{1,200}\([^\x00\n]{1,400}")

CHUNK = 4 << 20
OVERLAP = 1024

MAY = "it may not know this kernel, or the image may not be whole"


class Stopped(SystemExit):
    """What volatility.debug.error() raises here. It is a SystemExit, as it is in
    Volatility, so that the same handlers let it through."""

    def __init__(self, message):
        SystemExit.__init__(self, 1)
        self.message = str(message)


def stopped(message):
    raise Stopped(message)


def linux_profiles(profiles):
    return sorted(name for name, each in profiles.items() if getattr(each, "_md_os", "") == "linux")


def offered(profiles):
    found = linux_profiles(profiles)
    if not found:
        return "there is no Linux profile: put its .zip into a folder and give it with --plugins or VOLINT_PLUGINS"
    return "Linux profiles there are: " + ", ".join(found[:10]) + (", ..." if len(found) > 10 else "")


def bad_profile(name, profiles):
    if not name:
        return Failure("bad-profile", "Volatility 2 needs a profile", "give one with --profile; " + offered(profiles))
    close = names.near(name, profiles, str.lower, 3)
    hint = offered(profiles)
    if close and not name.lower().startswith("linux"):
        hint = "names like it: %s; %s" % (", ".join(close), hint)
    return Failure("bad-profile", "Volatility 2 has no profile %s" % name, hint)


def explained(error, name, engine):
    """The failure behind what a command raised. It is being handled."""
    import volatility.exceptions as exceptions

    if isinstance(error, MemoryError):
        return failure.out_of_memory(name)
    detail = failure.current_traceback()
    if isinstance(error, exceptions.AddrSpaceError):
        return no_address_space(engine, detail)
    if isinstance(error, Stopped):
        return Failure("plugin-failed", "%s stopped: %s" % (name, failure.one_line(error.message)), MAY, detail)
    if isinstance(error, SystemExit):
        return Failure("plugin-failed", "%s called exit(%s)" % (name, error.code), "the rows are not all there are", detail)
    return Failure("plugin-failed", "%s failed: %s" % (name, failure.describe(error)), MAY, detail)


def no_address_space(engine, detail):
    """No reading of the image fits the profile: is it the image or the profile?"""
    image, profile = engine.request["name"], engine.request["profile"]
    banner = find_banner(engine.config)
    if not banner and profile.startswith("Linux"):
        return Failure(
            "not-memory",
            "there is no Linux kernel in " + image,
            "give a memory image of a Linux system: raw, LiME or ELF core",
            detail,
        )
    if banner:
        message = "the profile %s does not fit the kernel of %s: %s" % (profile, image, failure.printable(banner))
    else:
        message = "the profile %s does not fit %s" % (profile, image)
    hint = "give the profile that was made for it; " + offered(engine.profiles())
    return Failure("bad-profile", message, hint, detail)


def find_banner(config):
    """The first Linux banner of the image's physical memory, or ""."""
    import volatility.utils as utils

    try:
        space = utils.load_as(config, astype="physical")
        for start, size in space.get_available_addresses():
            for at in range(start, start + size, CHUNK):
                length = min(CHUNK + OVERLAP, start + size - at)
                match = BANNER.search(space.zread(at, length) or "")
                if match:
                    return match.group()
    except Exception:  # no reading of the image at all
        pass
    return ""


def check_kernel(command, name):
    """Raises a Failure where a Linux command found nothing because the kernel can't
    be read."""
    space = getattr(command, "addr_space", None)
    if space is not None and kernel2.is_linux(space) and not kernel2.reads_swapper(space):
        raise Failure(
            "unreadable-kernel",
            "%s found nothing, and the kernel's first process can't be read" % name,
            "the image is not whole, was taken while the guest rebooted, or the profile is of another build",
        )
