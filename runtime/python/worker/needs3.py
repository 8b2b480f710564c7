"""What a plugin needs Volatility to find before it can run: layers, symbol tables
and modules. Plugins whose needs are alike can use what was found for one of them.
"""
from volatility3.framework import interfaces
from volatility3.framework.configuration import requirements

# What is no need: options, and what can be told without looking at memory.
TOLD = (
    interfaces.configuration.SimpleTypeRequirement,
    interfaces.configuration.ClassRequirement,
    requirements.ChoiceRequirement,
    requirements.ListRequirement,
    requirements.VersionRequirement,
)
# What automagic goes by; of other kinds it is not known what they do with a context.
KNOWN = (
    requirements.TranslationLayerRequirement,
    requirements.SymbolTableRequirement,
    requirements.ModuleRequirement,
)


def of(plugin):
    """The requirements of a plugin that automagic has to meet."""
    return [each for each in plugin.get_requirements() if not isinstance(each, TOLD)]


def kind(plugin, automagics, stackers):
    """What plugins whose needs are alike have in common, as text. automagics and
    stackers are what Volatility chose for the plugin."""
    needs = of(plugin)
    parts = [[type(each).__name__ for each in automagics], stackers, [shape(each) for each in needs]]
    if not all(isinstance(each, KNOWN) for each in needs) or not all(is_stock(type(each)) for each in automagics):
        parts.append([plugin.__module__, plugin.__name__])
    return repr(parts)


def shape(requirement):
    """All of a requirement but what it is told to people."""
    found = [type(requirement).__module__, type(requirement).__name__]
    for name, value in sorted(vars(requirement).items()):
        if isinstance(value, (str, int, list, tuple, type(None))) and name != "_description":
            found.append((name, value))
    return found + [shape(each) for each in requirement.requirements.values()]


def is_stock(automagic):
    return automagic.__module__.startswith("volatility3.framework.")


def unmet(plugin, context, path):
    """The needs that a context does not meet: {path: requirement}."""
    found = {}
    for each in of(plugin):
        if not each.optional:
            found.update(each.unsatisfied(context, path))
    return found
