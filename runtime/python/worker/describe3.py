"""The options of plugins under Volatility 3, as records: see options3.py for how
they are given."""
import inspect
import logging

from . import failure, names, options3
from .failure import Failure

log = logging.getLogger(__name__)


def send(engine, request, control):
    """Sends a record for the plugin that the request names, or for every one."""
    from volatility3.framework.configuration import requirements

    for name in names.wanted(request["plugin"], engine.support, engine.plugins, engine.where):
        try:
            record = describe(name, engine.plugins[name], requirements)
        except Exception as error:  # a plugin of the user's, that can't say what it needs
            if request["plugin"]:
                raise Failure(
                    "plugin-failed",
                    "%s can't say what options it takes: %s" % (name, failure.describe(error)),
                    "is the plugin made for this version of Volatility?",
                    failure.current_traceback(),
                )
            log.warning("%s can't say what options it takes: %s", name, failure.describe(error))
            continue
        control.send("options", **record)


def describe(name, plugin, requirements):
    options = [
        option(requirement, requirements)
        for requirement in plugin.get_requirements()
        if options3.is_option(requirement, requirements)
    ]
    return {"plugin": name, "doc": inspect.cleandoc(plugin.__doc__ or ""), "options": options}


def option(requirement, requirements):
    kind, element = kind_of(requirement, requirements)
    return {
        "name": options3.flag(requirement),
        "kind": kind,
        "element": element,
        "optional": bool(requirement.optional),
        "default": plain(requirement.default),
        "choices": getattr(requirement, "choices", None),
        "doc": failure.one_line(requirement.description or "", 2000),
    }


def kind_of(requirement, requirements):
    """An option's kind, and for a list that of an element."""
    if isinstance(requirement, requirements.BooleanRequirement):
        return "bool", ""
    if isinstance(requirement, requirements.ListRequirement):
        return "list", named(requirement.element_type)
    if isinstance(requirement, requirements.ChoiceRequirement):
        return "choice", ""
    if isinstance(requirement, requirements.URIRequirement):
        return "uri", ""
    return named(requirement.instance_type), ""


def named(kind):
    return {int: "int", bool: "bool", float: "float", bytes: "bytes"}.get(kind, "string")


def plain(default):
    """A default as JSON has it; what it can't hold is told as text."""
    if isinstance(default, (list, tuple)):
        return [plain(item) for item in default]
    if default is None or isinstance(default, (bool, int, float, str, bytes)):
        return default
    return str(default)
