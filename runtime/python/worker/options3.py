"""A plugin's own options under Volatility 3, from its requirements.

Options look as they do with `vol`: `--pid 1 20`, `--threads`, `--offset 0x10`.
Beyond that `--pid` may be given more than once, its numbers may be joined by
commas, and `-p` stands for it: that is how Volatility 2 has it.
"""
import argparse
import os
import pathlib
import urllib.parse

from .failure import Failure


class Parser(argparse.ArgumentParser):
    """Raises where argparse prints and exits."""

    def error(self, message):
        raise ValueError(message)


def parse(plugin, name, args, requirements):
    """The values that args give the plugin's requirements, by name. requirements
    is Volatility's module."""
    parser = Parser(prog=name, add_help=False, argument_default=argparse.SUPPRESS)
    known = []
    for requirement in plugin.get_requirements():
        if add(parser, requirement, requirements):
            known.append(requirement)
    try:
        values = vars(parser.parse_args(args))
        for requirement in known:
            if requirement.name in values:
                values[requirement.name] = converted(requirement, values[requirement.name], requirements)
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise Failure("bad-option", "%s: %s" % (name, error), usage(name, known, requirements))
    return values


def is_option(requirement, requirements):
    """Whether the user gives a requirement's value; Volatility itself meets others."""
    given = (requirements.BooleanRequirement, requirements.ListRequirement, requirements.ChoiceRequirement)
    return isinstance(requirement, given) or hasattr(requirement, "instance_type")


def flag(requirement):
    """A requirement's name as it is typed, without the dashes."""
    return requirement.name.replace("_", "-")


def add(parser, requirement, requirements):
    """Adds the option of a requirement; False where it has none."""
    if not is_option(requirement, requirements):
        return False
    flags = ["--" + flag(requirement)]
    if requirement.name == "pid":
        flags.append("-p")
    settings = {"dest": requirement.name, "required": not requirement.optional}
    if isinstance(requirement, requirements.BooleanRequirement):
        settings["action"] = "store_true"
    elif isinstance(requirement, requirements.ListRequirement):
        settings["action"] = "extend"
        settings["nargs"] = "*" if requirement.optional else "+"
    elif isinstance(requirement, requirements.ChoiceRequirement):
        settings["choices"] = requirement.choices
    parser.add_argument(*flags, **settings)
    return True


def converted(requirement, value, requirements):
    """A value of the command line as the requirement's type."""
    if isinstance(requirement, requirements.ListRequirement):
        if requirement.element_type is int:
            value = [part for item in value for part in item.split(",") if part.strip()]
        return [scalar(requirement, requirement.element_type, item) for item in value]
    if isinstance(requirement, requirements.URIRequirement):
        return location(value)
    if isinstance(requirement, (requirements.BooleanRequirement, requirements.ChoiceRequirement)):
        return value
    return scalar(requirement, requirement.instance_type, value)


def scalar(requirement, kind, value):
    try:
        if kind is int:
            return int(value, 0)
        if kind is bytes:
            return os.fsencode(value)
        return kind(value)
    except ValueError:
        raise ValueError("--%s takes %s, not %r" % (flag(requirement), article(kind), value))


def article(kind):
    return {int: "a number", float: "a number", str: "text"}.get(kind, "a " + kind.__name__)


def location(value):
    """A path as a URL; what has a scheme is one already."""
    if len(urllib.parse.urlparse(value).scheme) > 1:
        return value
    if not os.path.exists(value):
        raise ValueError("there is no file " + value)
    return pathlib.Path(os.path.abspath(value)).as_uri()


def usage(name, known, requirements):
    if not known:
        return name + " takes no options"
    return "%s takes: %s" % (name, ", ".join(spelled(each, requirements) for each in known))


def spelled(requirement, requirements):
    typed = "--" + flag(requirement)
    if isinstance(requirement, requirements.BooleanRequirement):
        return typed
    if isinstance(requirement, requirements.ChoiceRequirement):
        return "%s {%s}" % (typed, ",".join(requirement.choices))
    if isinstance(requirement, requirements.ListRequirement):
        return "%s %s ..." % (typed, placeholder(requirement.element_type))
    if isinstance(requirement, requirements.URIRequirement):
        return typed + " FILE"
    return "%s %s" % (typed, placeholder(requirement.instance_type))


def placeholder(kind):
    return "N" if kind in (int, float) else "TEXT"
