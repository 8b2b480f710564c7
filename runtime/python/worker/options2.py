"""Options under Volatility 2: its one optparse parser, which plugins add to."""
import optparse

from .failure import Failure

# What volint sets itself, and what would print instead of running.
OURS = {
    "plugins": "--plugins",
    "filename": "-f",
    "location": "-f",
    "profile": "--profile",
    "output": "--format",
    "output_file": "-o",
    "debug": "--verbose",
    "verbose": "--verbose",
    "help": "",
    "info": "",
}


class Options(object):
    def __init__(self, config):
        self._config = config
        self._before = set()

    def start(self):
        """To be called before the command is made: it adds its options then."""
        self._before = set(self._config.optparser.option_list)

    def own(self):
        """The options that the command has added."""
        return [option for option in self._config.optparser.option_list if option not in self._before]

    def finish(self, name, args):
        """Reads the command's options."""
        config = self._config
        hint = usage(name, self.own())

        def refuse(message):
            raise Failure("bad-option", "%s: %s" % (name, message), hint)

        refuse_ours(config.optparser, args, refuse)
        values, rest = parse(config.optparser, args, refuse)
        if rest:
            refuse("it takes no argument %s" % rest[0])
        for option in config.options:
            value = getattr(values, option, None)
            if value is not None and option not in OURS:
                config.opts[option] = value
        config.optparse_opts = values
        config.args = []


def parse(parser, args, refuse):
    """Parses args with Volatility's parser, whose own errors print and exit."""
    parser.final = True
    parser.error = refuse
    parser.exit = lambda status=0, message=None: refuse(message or "it has no help here")
    try:
        return parser.parse_args(args)
    except optparse.OptParseError as error:
        return refuse(str(error))


def refuse_ours(parser, args, refuse):
    """Options that volint has itself are not the plugin's to get."""
    for arg in args:
        if arg == "--":
            return
        option = meant(parser, arg)
        if option is not None and option.dest in OURS:
            ours = OURS[option.dest]
            refuse("%s is not the plugin's option" % arg + (": give volint's %s before the command" % ours if ours else ""))


def meant(parser, arg):
    """The option that an argument of the command line names, or None."""
    flag = arg.partition("=")[0]
    if flag.startswith("--"):
        try:
            return parser.get_option(parser._match_long_opt(flag))
        except optparse.OptParseError:
            return None
    if flag.startswith("-") and len(flag) > 1:
        return parser.get_option(flag[:2])
    return None


def usage(name, own):
    if not own:
        return name + " takes no options of its own"
    return "%s takes: %s" % (name, ", ".join(spelled(option) for option in own))


def spelled(option):
    text = "/".join(option._short_opts + [flag.lower() for flag in option._long_opts])
    return text + " " + (option.metavar or option.dest or "value").upper() if option.takes_value() else text
