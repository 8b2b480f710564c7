"""Which of Volatility 3's plugins are for the system that a memory is of.

Nothing in a plugin says which system it is for but its name: "linux.pslist.PsList".
Which one memory is of is told by the kernel that is found in it, and then commands
have that kernel already.
"""
from . import describe3
from .failure import Failure

# The systems, and a plugin of each that needs its kernel and nothing else; the order
# is that in which looking takes longer.
SYSTEMS = (
    ("linux", "linux.pslist.PsList"),
    ("mac", "mac.pslist.PsList"),
    ("windows", "windows.pslist.PsList"),
)


class Fitting(object):
    """The system, or "" and the Failure that says why none was found."""

    def __init__(self, system, why=None):
        self.system, self.why = system, why

    def fits(self, plugin):
        family = plugin.partition(".")[0]
        return family == self.system or family not in [system for system, _ in SYSTEMS]


def look(engine, request, warm_up):
    """Notes in engine.fitting what fits. warm_up(name) finds what a plugin needs; why
    that has to be done elsewhere, or None. Raises no Failure: that no kernel is there
    is an answer."""
    why = None
    for system, name in SYSTEMS:
        if name not in engine.plugins:
            continue
        try:
            elsewhere = warm_up(name)
        except Failure as problem:
            why = problem
            if problem.code == "no-symbols":  # it is of that system
                break
            continue
        if not elsewhere:
            engine.fitting = Fitting(system)
        return elsewhere
    if why is None or why.code != "no-symbols":
        why = Failure(
            "not-memory",
            "there is no kernel in %s that Volatility 3 knows" % (request["name"] or "no memory"),
            "is it a memory image? For Linux and macOS there must be symbol files; volint doctor tells more",
        )
    engine.fitting = Fitting("", why)
    return None


def send(engine, request, control):
    """Sends the record."""
    from volatility3.framework.configuration import requirements

    fitting = engine.fitting
    plugins = sorted(name for name in engine.plugins if fitting.fits(name))
    needs = {}
    for name in plugins:
        try:
            options = describe3.describe(name, engine.plugins[name], requirements)["options"]
        except Exception:  # it can't say: it will when it is run
            continue
        needed = [option["name"] for option in options if not option["optional"]]
        if needed:
            needs[name] = needed
    why = fitting.why
    control.send(
        "fitting",
        system=fitting.system,
        plugins=plugins,
        others=sorted(set(engine.plugins) - set(plugins)),
        needs=needs,
        code=why.code if why else "",
        message=why.message if why else "",
        hint=why.hint if why else "",
    )
