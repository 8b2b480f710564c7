"""The options of commands under Volatility 2, as records: those that a command
adds to the one parser when it is made."""
import contextlib
import inspect
import logging

from . import failure, names, options2
from .failure import Failure

log = logging.getLogger(__name__)


def send(engine, request, control):
    """Sends a record for the command that the request names, or for every one."""
    for name in names.wanted(request["plugin"], engine.support, engine.plugins, engine.where):
        try:
            record = describe(name, engine.plugins[name], engine.config)
        except (Exception, SystemExit) as error:
            if request["plugin"]:
                raise Failure(
                    "plugin-failed",
                    "%s can't be made to say what options it takes: %s" % (name, failure.describe(error)),
                    "",
                    failure.current_traceback(),
                )
            log.warning("%s can't be made to say what options it takes: %s", name, failure.describe(error))
            continue
        control.send("options", **record)


def describe(name, plugin, config):
    """A command's record."""
    with made(plugin, config) as (_command, own):
        return {"plugin": name, "doc": inspect.cleandoc(plugin.__doc__ or ""), "options": own}


@contextlib.contextmanager
def made(plugin, config):
    """A command, and records of its options. Two commands may have different options of
    one name, so that the parser is put back as it was."""
    before = Parser(config)
    options = options2.Options(config)
    options.start()
    try:
        command = plugin(config)
        yield command, [option(each, config) for each in options.own()]
    finally:
        before.restore()


class Parser(object):
    """What Volatility knows of options, to be put back: all of it is one for the
    process, in lists and dictionaries that others hold."""

    def __init__(self, config):
        parser = config.optparser
        self._kept = [
            (held, held.copy() if isinstance(held, dict) else list(held))
            for held in (
                parser.option_list,
                parser._short_opt,
                parser._long_opt,
                parser.defaults,
                config.options,
                config.default_opts,
                config.docstrings,
                config.readonly,
                config._absolute,
                config.cache_invalidators,
            )
        ]

    def restore(self):
        for held, content in self._kept:
            if isinstance(held, dict):
                held.clear()
                held.update(content)
            else:
                held[:] = content


def option(added, config):
    kind, element = kind_of(added)
    default = config.default_opts.get(added.dest)
    return {
        "name": added._long_opts[0].lstrip("-").lower(),
        "kind": kind,
        "element": element,
        "optional": True,
        "default": default if isinstance(default, (bool, int, long, float, str)) else None,  # noqa: F821 - Python 2
        "choices": list(added.choices) if added.choices else None,
        "doc": failure.one_line(added.help or "", 2000),
    }


def kind_of(added):
    """An option's kind, and for a list that of an element."""
    if not added.takes_value():
        return "bool", ""
    kind = {"int": "int", "long": "int", "float": "float", "choice": "choice"}.get(added.type, "string")
    return ("list", kind) if added.action == "append" else (kind, "")
