"""A plugin's table as a record."""
import ast
import inspect
import logging

from . import asked3, columns3, describe3, failure, members3, methods3, rows3, source3, union3

log = logging.getLogger(__name__)

# A function of nothing, for the names around it.
ALONE = ast.parse("lambda: None", mode="eval").body


def records(plugins, wanted):
    """The records of some plugins by name, of all that there are."""
    chosen = [(name, plugins[name]) for name in wanted]
    tables = Tables(asked3.ask(chosen))
    return dict((name, tables.record(name, plugin, plugins)) for name, plugin in chosen)


def record(name, doc="", options=(), **more):
    return dict({"plugin": name, "doc": doc, "options": list(options), "columns": [], "tree": False}, **more)


class Tables(object):
    """What is known of tables. ran is what asked3.ask says."""

    def __init__(self, ran):
        from volatility3.framework.configuration import requirements

        self.ran, self.requirements = ran, requirements
        self.library = source3.Library()
        self._methods = {}

    def methods(self, system):
        """The methods of a system's objects; of none for plugins that are for all."""
        if system not in self._methods:
            self._methods[system] = methods3.Methods(self.library, system)
        return self._methods[system]

    def record(self, name, plugin, plugins):
        """A plugin's record."""
        try:
            told = describe3.describe(name, plugin, self.requirements)
        except Exception as error:  # a plugin of the user's, that can't say what it needs
            log.warning("%s can't say what options it takes: %s", name, failure.describe(error))
            told = {"plugin": name, "doc": inspect.cleandoc(plugin.__doc__ or ""), "options": []}
        told = record(name, told["doc"], told["options"], successor=self.successor(plugin, plugins))
        ran, grids = self.ran.get(name, []), self.grids(name, plugin)
        read = [[union3.typed(column) for column in grid.columns] for grid in grids]
        told["columns"] = union3.columns(ran, read)
        told["how"] = union3.how(ran, read)
        if not told["columns"]:
            told["reason"] = "its columns can't be told without memory"
            return told
        if ran and read and told["how"] != "both":
            log.warning("%s names other columns than its source has: all are taken", name)
        self.look_at_rows(told, [plugin] + [plugins[name] for name in [told["successor"]] if name], grids)
        return told

    def grids(self, name, plugin):
        """The tables that the source makes."""
        try:
            found = members3.attribute(members3.Instance(plugin), "run")
            function = self.library.function(getattr(found, "value", found), plugin)
            return columns3.grids(self.library, function, is_grid) if function else []
        except Exception as error:  # there may be anything in a plugin of the user's
            log.debug("%s: its source is not followed: %s", name, failure.describe(error))
            return []

    def look_at_rows(self, told, same, grids):
        """Adds what the source of the rows shows. same are the plugin, and the one that
        it is a name of."""
        rows = rows3.Rows(self.library, same, self.methods(told["plugin"].partition(".")[0]))
        for grid in grids:
            try:
                rows.look(grid)
            except Exception as error:
                log.debug("%s: the source of its rows is not followed: %s", told["plugin"], failure.describe(error))
        told["tree"] = rows.tree
        for each in rows.unknown:
            log.debug("%s: some of its rows can't be followed: %s", told["plugin"], each)
        for column in told["columns"]:
            column["absent"] = sorted(rows.absent.get(column["title"], ()))
            column["address"] = rows3.address_of(column, rows)

    def successor(self, plugin, plugins):
        """The exact name of the plugin that a deprecated name stands for, or ""."""
        node = self.library.class_node(plugin)
        for keyword in node.keywords if node else ():
            if keyword.arg == "replacement_class":
                function = source3.Function(ALONE, vars(inspect.getmodule(plugin)))
                other = source3.Module(self.library, function).value(keyword.value)
                return next((name for name, each in plugins.items() if each is other), "")
        return ""


def is_grid(called):
    from volatility3.framework.interfaces import renderers

    return inspect.isclass(called) and issubclass(called, renderers.TreeGrid)
