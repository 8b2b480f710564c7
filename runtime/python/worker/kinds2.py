"""Whether a column's numbers are virtual or physical addresses, as far as a command's
source shows it, under Volatility 2."""
import ast

from . import rows2

DEPTH = 4  # of names that stand for names

# What a title says.
TITLES = [("(V)", "virtual"), ("(P)", "physical"), ("Virtual", "virtual"), ("Physical", "physical")]
TITLES += [("DTB", "physical"), ("PDB", "physical")]

# What an address ends in: members and methods of Volatility's objects.
VIRTUAL = "obj_offset v() vm_start vm_end DllBase ImageBaseAddress l_addr StartAddress EndAddress PsLoadedModuleList"
VIRTUAL = set(VIRTUAL.split())
PHYSICAL = set("vtop() PhysicalAddress pm_cr3 DirectoryTableBase".split())


def address(title, kind, values, cls):
    """ "virtual", "physical", or "" where it is no address or can't be told. values are
    what rows2.Rows gives for the column."""
    if kind not in ("Address", "Address64"):
        return ""
    told = [meant for mark, meant in TITLES if mark in title]
    found = set(end for value, function in values for end in ends(value, function))
    if told or not found or found - VIRTUAL - PHYSICAL:
        return told[0] if told else ""
    if found <= VIRTUAL:
        return "" if "obj_offset" in found and scans(cls) else "virtual"
    # What may be either is physical where objects are looked for there.
    return "physical" if found <= PHYSICAL or scans(cls) else "virtual"


def scans(cls):
    """Whether a command finds its objects in physical memory, so that their offsets may
    lie there."""
    return any(each.__name__ in ("AbstractScanCommand", "linux_psscan") for each in cls.__mro__)


def ends(node, function, depth=0):
    """What an expression takes its value from at last, where there is one: members by
    their name, methods with "()"."""
    if depth > DEPTH:
        return [""]
    within = rows2.parts(node)
    if isinstance(node, ast.Call) and not within and isinstance(node.func, ast.Attribute):
        return [node.func.attr + "()"]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    pairs = [(each, function) for each in within] + function.sources(node)
    pairs = [each for each in pairs if not is_nothing(each[0])]
    found = [end for each, where in pairs for end in ends(each, where, depth + 1)]
    return found or [""]


def is_nothing(node):
    """Whether an expression is what a variable has before it gets an address."""
    return rows2.is_nothing(node) or getattr(node, "id", "") == "None" or getattr(node, "n", None) == 0
