"""A plugin that takes its zone from the machine, as mac.pslist does."""
import datetime

from volatility3.framework import renderers
from volatility3.framework.interfaces import plugins


class Clock(plugins.PluginInterface):
    """The time of a process, in the machine's zone."""

    _required_framework_version = (2, 0, 0)

    def run(self):
        moment = datetime.datetime.fromtimestamp(1767225638)
        return renderers.TreeGrid([("Time", datetime.datetime)], iter([(0, (moment,))]))
