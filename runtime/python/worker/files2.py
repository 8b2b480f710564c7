"""Files that a Volatility 2 command writes to its --dump-dir.

Where the caller gave a folder for files and the user no --dump-dir, the command gets one
of its own within the folder, whose name ends in .partial. There it writes as it likes, and
nowhere else. When it has ended well, its files move to the caller's folder, by the rules
of files3.py: with safe names, told with size and SHA-256, and with the row that names
them. Rows have a file's name in the place of its path.
"""
import errno
import os
import shutil

from . import filenames, guard2, namedfiles
from .failure import Failure
from .filenames import COUNT_LIMIT, PARTIAL, SIZE_LIMIT

OPTION = "dump_dir"

# Commands get a guarded one.
_unlink = os.unlink


def wanted(request, config):
    """Whether a command whose options are set is to have a folder of its own: it has the
    option, and the user has not given it."""
    return bool(request.get("files")) and OPTION in config.options and config.opts.get(OPTION) is None


def print_files(command):
    """Has a command print, to nobody, where that is what writes its files: its table is
    then that of the one that it derives from."""
    mro = type(command).__mro__
    printed, table = (next(cls for cls in mro if name in cls.__dict__) for name in ("render_text", "unified_output"))
    from .volrender_grid import has_grid  # not sooner: it imports Volatility, see engine2.import_volatility

    if mro.index(printed) < mro.index(table) and has_grid(type(command)):
        for name in ("render_text", "unified_output"):
            vars(command).pop(name, None)
        with open(os.devnull, "w") as nowhere:
            command.render_text(nowhere, command.calculate())


class Files(object):
    """The files of one command. As a context manager it ends them."""

    def __init__(self, request, control, size_limit=0, count_limit=COUNT_LIMIT):
        self.folder = request["files"]
        self.names = namedfiles.Names(control)
        self._control = control
        self._limits = (size_limit or request.get("files_limit") or SIZE_LIMIT, count_limit)
        self._claimed = {}  # final names, by path
        self._order = []
        self._rows = 0
        try:
            if not os.path.isdir(self.folder):
                os.mkdir(self.folder, 0o700)
            self.directory = self._numbered("dump", lambda name: self._make(name + PARTIAL))
        except EnvironmentError as error:
            raise self._cannot_write("files can't be written to %s: %s" % (self.folder, error.strerror))
        self._guard = guard2.Guard(self.directory, self.opened, *self._limits)

    def _make(self, name):
        path = os.path.join(self.folder, name)
        os.mkdir(path, 0o700)
        return path

    def __enter__(self):
        self._guard.start()
        return self

    def __exit__(self, kind, error, traceback):
        self._guard.stop()
        if error is None and self._guard.exceeded is None:
            self._collect()
            return
        self._give_up()
        if self._guard.exceeded is not None and (error is None or isinstance(error, (Exception, SystemExit))):
            raise self._cannot_write("files can't be written to %s: %s" % (self.folder, self._guard.exceeded))

    def opened(self, path):
        """Notes a file that the command is about to write; its name is its own from then
        on, since rows may tell it."""
        if path not in self._claimed:
            wanted = filenames.safe(os.path.relpath(path, self.directory))
            name = self._claimed[path] = self._numbered(wanted, self._claim)
            self._order.append(path)
            self.names.opened(name)

    def follow(self, command, report):
        """Has a command's rows looked at, and the paths in them replaced, while they are
        written, which is noted in report."""
        unified, render = command.unified_output, command.render_text

        def unified_output(data):
            grid = unified(data)
            grid._generator = ((level, self.row(values, report)) for level, values in grid._generator)
            return grid

        def render_text(outfd, data):
            table_row = command.table_row  # of who takes the rows
            command.table_row = lambda out, *values: table_row(out, *self.row(values, report))
            return render(outfd, data)

        command.unified_output, command.render_text = unified_output, render_text

    def row(self, values, report):
        """A row's values as they are to be written."""
        number = self._rows - getattr(report, "dropped", 0)
        self._rows += 1
        if not self._order:
            return values
        values = [self._mended(value) if isinstance(value, str) else value for value in values]
        self.names.tie(self.names.named(values), number)
        return values

    def _mended(self, text):
        if text in self._claimed:
            return self._claimed[text]
        if self.directory in text:
            for path in self._order[-namedfiles.RECENT:]:
                text = text.replace(path, self._claimed[path])
        return text

    def _collect(self):
        """Moves the files to where they belong."""
        try:
            for root, folders, names in os.walk(self.directory):
                folders.sort()
                for name in sorted(names):
                    self.opened(os.path.join(root, name))
            for path in self._order:
                self._move(path, self._claimed[path])
        except EnvironmentError as error:
            raise self._cannot_write("files can't be written to %s: %s" % (self.folder, error.strerror))
        shutil.rmtree(self.directory, ignore_errors=True)

    def _move(self, path, name):
        partial = os.path.join(self.folder, name + PARTIAL)
        if os.path.islink(path) or not os.path.isfile(path):
            self.names.forget(name)
            os.unlink(partial)  # the command has removed it, or it is no file
            return
        os.chmod(path, 0o600)
        os.rename(path, partial)
        with open(partial, "rb") as file:
            size, digest = filenames.digest(file)
        final = self._numbered(name, lambda name: self._rename(partial, name))
        self._control.send("file", name=final, size=size, sha256=digest, row=self.names.whole(name))

    def _give_up(self):
        for name in self._claimed.values():
            os.unlink(os.path.join(self.folder, name + PARTIAL))
        if not os.listdir(self.directory):
            os.rmdir(self.directory)
            return
        self._control.warn("the files of the command are not whole: they are in " + os.path.basename(self.directory))

    @staticmethod
    def _numbered(wanted, take):
        """What take gave for the first free name like the one that is wanted."""
        number = 1
        while True:
            try:
                return take(filenames.numbered(wanted, number))
            except EnvironmentError as error:
                if error.errno != errno.EEXIST:
                    raise
                number += 1

    def _claim(self, name):
        """Makes NAME.partial, where there is no NAME either."""
        partial = os.path.join(self.folder, name + PARTIAL)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if os.path.lexists(os.path.join(self.folder, name)):
            _unlink(partial)
            raise OSError(errno.EEXIST, name)
        return name

    def _rename(self, partial, name):
        """Renames a file to one that there is not: an empty one takes the name first."""
        path = os.path.join(self.folder, name)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.rename(partial, path)
        return name

    @staticmethod
    def _cannot_write(message):
        return Failure(
            "cannot-write",
            message,
            "make room, or give another folder; what is called .partial there is not whole",
        )
