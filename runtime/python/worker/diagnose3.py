"""Why Volatility 3 could not run a plugin."""
from . import failure, symbols3
from .failure import Failure

# As the kernel writes it: release, (user@host), (compiler), build number and date.
BANNER = rb"Linux version \d+\.\d+[^\x00\n]{1,200}\([^\x00\n]{1,400}\n?"

MANY = 16

# Stackers from this order on add virtual memory; those before unpack a format.
FIRST_VIRTUAL = 30


def unsatisfied(requirements, name, request, progress):
    """The failure behind an UnsatisfiedException: requirements are its own."""
    detail = "\n".join(
        "unsatisfied: %s: %s" % (path, each.description) for path, each in requirements.items()
    )
    if not needs_memory(requirements):
        return Failure(
            "bad-option",
            "%s needs what it was not given: %s" % (name, ", ".join(short(requirements))),
            "give each as an option, --NAME VALUE",
            detail,
        )
    if not request["image"]:
        return Failure("unreadable-image", name + " needs a memory image", "give one with -f IMAGE", detail)
    if not is_linux(name):
        return foreign(name, request, detail)
    return linux(name, request, banners(request["image"], progress), detail)


def needs_memory(requirements):
    from volatility3.framework.configuration import requirements as kinds

    memory = (
        kinds.TranslationLayerRequirement,
        kinds.SymbolTableRequirement,
        kinds.ModuleRequirement,
    )
    return any(isinstance(each, memory) for each in requirements.values())


def short(requirements):
    return sorted(path.rpartition(".")[2] for path in requirements)


def is_linux(name):
    return name.startswith("linux.")


def foreign(name, request, detail):
    """No Linux plugin: what is missing can't be told further."""
    return Failure(
        "not-memory",
        "%s finds no kernel that it knows in %s" % (name, request["name"]),
        "is it the memory of such a system? Symbol files are looked for in: " + folders(request),
        detail,
    )


def linux(name, request, found, detail):
    if not found:
        return Failure(
            "not-memory",
            "there is no Linux kernel in " + request["name"],
            "give a memory image of a Linux system: raw, LiME, AVML, ELF core or kdump",
            detail,
        )
    known = symbols3.known_banners()
    fitting = [banner for banner in found if banner in known]
    if not fitting:
        return Failure(
            "no-symbols",
            "no symbol file fits the kernel of %s: %s" % (request["name"], failure.printable(found[0])),
            "put this kernel's symbol file (.json.xz, made with dwarf2json) into a folder and give "
            "it with --symbols or VOLINT_SYMBOLS; looked in: " + folders(request),
            detail,
        )
    return Failure(
        "not-memory",
        "%s fits the kernel, but its memory can't be read from %s" % (known[fitting[0]], request["name"]),
        "is the image whole? A kernel with 5-level paging can't be read: boot it with no5lvl",
        detail,
    )


def folders(request):
    return ", ".join(request["symbols"] + ["Volatility's own"])


def banners(image, progress):
    """The Linux banners in an image, the most frequent first. Volatility's layers
    read it, so that packed formats are seen through, in bounded memory."""
    from volatility3.framework import contexts, exceptions
    from volatility3.framework.layers import scanners

    context = contexts.Context()
    count = {}
    try:
        layer = context.layers[container(context, image)]
        for offset in layer.scan(context, scanners.RegExScanner(BANNER), progress):
            banner = symbols3.banner_text(read_banner(layer, offset))
            if banner in count or len(count) < MANY:
                count[banner] = count.get(banner, 0) + 1
    except (exceptions.VolatilityException, OSError):
        pass  # what was found up to there is all that can be told
    return sorted(count, key=lambda banner: (-count[banner], banner))


def read_banner(layer, offset):
    text = layer.read(offset, 640, pad=True)
    return text[: min(end for end in (text.find(b"\x00"), text.find(b"\n"), len(text)) if end >= 0)]


def container(context, image):
    """Adds the image's layers below virtual memory (LiME, AVML, ELF, ...); returns
    the name of the top one."""
    from volatility3 import framework
    from volatility3.framework import interfaces
    from volatility3.framework.automagic import stacker
    from volatility3.framework.layers import physical

    context.config["image.location"] = symbols3.location(image)
    context.add_layer(physical.FileLayer(context, "image", "image"))
    kinds = framework.class_subclasses(interfaces.automagic.StackerLayerInterface)
    containers = [kind for kind in kinds if kind.stack_order < FIRST_VIRTUAL]
    containers.sort(key=lambda kind: kind.stack_order)
    return stacker.LayerStacker.stack_layer(context, "image", containers)[0]


def plugin_failed(error, name):
    from volatility3.framework import exceptions

    if isinstance(error, MemoryError):
        return failure.out_of_memory(name)
    what = "failed: " + failure.describe(error)
    hint = "it may not know this kernel, or the image may not be whole"
    if isinstance(error, SystemExit):
        what, hint = "called exit(%s)" % error.code, "the rows are not all there are"
    elif isinstance(error, exceptions.InvalidAddressException):
        hint = "memory that it needs is not in the image (swapped out, or the image is not whole)"
    elif isinstance(error, exceptions.SymbolError):
        hint = "the plugin does not know this kernel, or the symbol file lacks something"
    elif isinstance(error, exceptions.MissingModuleException):
        hint = "install the Python module %s where Volatility is" % error.module
    return Failure(
        "plugin-failed",
        name + " " + what,
        hint,
        failure.current_traceback(),
    )
