"""A command that writes files, by names that a guest might choose."""
import os

import volatility.commands as commands
from volatility.renderers import TreeGrid


class dumps_printed(commands.Command):
    """Writes a file for each row, while it prints."""

    def __init__(self, config, *args, **kwargs):
        commands.Command.__init__(self, config, *args, **kwargs)
        config.add_option("DUMP-DIR", short_option="D", default=None, help="where", action="store", type="str")
        config.add_option("MODE", default="", help="what goes wrong", action="store", type="str")

    def calculate(self):
        if self._config.DUMP_DIR is None:
            raise ValueError("no --dump-dir")
        os.makedirs(self.path("sub/deep"))
        names = ["plain.bin", "../escape", "/etc/volint-escape", "sub/deep/file", "sub/../../out", "-rf", ".hidden", "a\xffb\x1b[31m",
                 "plain.bin", "x" * 250]
        if self._config.MODE == "large":
            names = ["first", "large", "last"]
        for n, name in enumerate(names):
            yield n, name, self.dump(name)
            if self._config.MODE == "raise":
                raise ValueError("half-way")

    def path(self, name):
        return os.path.join(self._config.DUMP_DIR, name)

    def dump(self, name):
        """What the row tells."""
        try:
            with open(self.path(name), "wb") as file:
                for _ in range(5000 if name == "large" else 1):
                    file.write("content of %-80r" % name[:20])
            os.utime(self.path(name), (5, 5))
            for change in (os.chmod, os.mkdir):
                try:
                    change(self.path("../../" + name), 0o777)
                    return "changed what is outside"
                except OSError:
                    pass
        except EnvironmentError:
            return "refused"
        return self.path(name) if len(name) % 2 else "stored as %s." % self.path(name)

    def render_text(self, outfd, data):
        self.table_header(outfd, [("N", "5"), ("Output", "")])
        for n, _name, told in data:
            self.table_row(outfd, n, told)


class dumps(dumps_printed):
    """The same as a table."""

    def unified_output(self, data):
        return TreeGrid([("N", int), ("Name", str), ("Output", str)], self.generator(data))

    def generator(self, data):
        for n, name, told in data:
            yield 0, [n, name.encode("hex"), told]
