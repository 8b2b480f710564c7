"""Generated modules, whose messages are made when they are needed.

Volatility imports all that there is at each start, and then runs one plugin. So a
generated module, x_volrender.py, is a few lines, and the code of its messages stands in
x_volrender.messages beside it, which neither Volatility imports. That file is Python in
parts: what all messages need, and behind it one part for each,

    #: package.message command=name plugin=linux.pslist.PsList alias=linux.old.PsList

with this line before its code. The lines say which message is whose; the code of one
message alone is compiled, and runs in the module that has it.

Works under Python 2.7 and 3.
"""
import os
import re

from .volrender_abi import require
from .volrender_rows import Message, Refused

try:
    from collections.abc import Mapping
except ImportError:
    from collections import Mapping

_PART = b"\n#: "
_ABI = re.compile(b"^require\\(([0-9]+)\\)", re.M)
# Where the number stands that says what the file was generated for, at the latest.
_HEAD = 8192


class Messages(Mapping):
    """The messages of all modules by their full names. Those of modules are read when
    somebody first asks, and of two with one name the first counts: its rivals are the
    modules that have others."""

    def __init__(self):
        self._known, self._unread, self._modules = {}, [], {}

    def add(self, message):
        """Notes a message that is made already, or of a module."""
        other = self._known.setdefault(message.full_name, message)
        if other.module == message.module:
            self._known[message.full_name] = message
        elif message.module not in other.rivals:
            other.rivals.append(message.module)
        return message

    def expect(self, module):
        """Notes a module whose messages can be read."""
        self._modules[module.name] = module
        self._unread.append(module)

    def module(self, name):
        return self._modules[name]

    def clear(self):
        self.__init__()

    def _all(self):
        while self._unread:
            module = self._unread.pop(0)
            for message in module.read():
                self.add(message)
        return self._known

    def __getitem__(self, full_name):
        return self._all()[full_name]

    def __iter__(self):
        return iter(self._all())

    def __len__(self):
        return len(self._all())


messages = Messages()


def module(scope):
    """Notes the generated module with these globals. Raises ImportError where the file
    beside it is missing, or of another generation."""
    found = Module(scope)
    found.check()
    messages.expect(found)


def message(name, full_name, *made, **more):
    """Makes a message of the generated module of that name: what its part calls."""
    messages.module(name).by_name[full_name].make(*made, **more)


class Module(object):
    """A generated module: where its messages are, and what was read of them."""

    def __init__(self, scope):
        self.scope, self.name = scope, scope["__name__"]
        folder = os.path.dirname(scope.get("__file__", ""))
        self.path = os.path.join(folder, self.name.rpartition(".")[2] + ".messages")
        if os.path.exists(self.path):
            self.path = os.path.abspath(self.path)  # whatever the current folder is then
        self.by_name = {}
        self._content, self._started = None, False

    def _bytes(self, most=-1):
        """What the file begins with. A module in an archive, or in memory, has a loader
        that gives files beside it."""
        loader = self.scope.get("__loader__")
        if os.path.isabs(self.path) or not hasattr(loader, "get_data"):
            with open(self.path, "rb") as file:
                return file.read(most)
        return loader.get_data(self.path)

    def check(self):
        try:
            found = _ABI.search(self._bytes(_HEAD))
        except EnvironmentError as error:
            raise ImportError("%s is missing beside %s.py: %s" % (os.path.basename(self.path), self.name, error))
        require(int(found.group(1)) if found else 0)

    def read(self):
        """The messages, by the lines that tell of them."""
        try:
            self._content = self._bytes().replace(b"\r\n", b"\n")
            at = -1
            while True:
                at = self._content.find(_PART, at + 1)
                if at < 0:
                    return list(self.by_name.values())
                end = self._content.index(b"\n", at + 1)
                words = self._content[at + len(_PART) : end].decode("utf-8").split()
                self.by_name[str(words[0])] = Known(self, at + 1, words)
        except (EnvironmentError, ValueError, IndexError) as error:
            raise self._bad("its list of messages", error)

    def run(self, known):
        """Runs the part that makes a message."""
        try:
            if not self._started:
                self._run(0)
                self._started = True
            self._run(known.place)
            if "fields" not in vars(known):
                raise ValueError("the part makes no such message")
        except Refused:
            raise
        except Exception as error:
            raise self._bad(known.full_name, error)

    def _run(self, place):
        """Runs the part that begins there; lines have the numbers that they have."""
        end = self._content.find(_PART, place)
        source = self._content[place : end + 1 if end >= 0 else None]
        line = self._content.count(b"\n", 0, place)
        if line:
            source = b"# -*- coding: utf-8 -*-" + b"\n" * line + source
        exec(compile(source, self.path, "exec", 0, True), self.scope)

    def _bad(self, what, error):
        return Refused(
            "bad-module",
            "%s can't be read from %s: %s: %s" % (what, self.path, type(error).__name__, error),
            "run protoc-gen-volrender for the whole folder again",
        )


class Known(Message):
    """A message of a module, which is made when more than its names is asked for."""

    def __init__(self, module, place, words):
        told = [word.partition("=")[::2] for word in map(str, words[1:])]
        only = dict(told)
        aliases = [value for key, value in told if key == "alias"]
        self.identify(str(words[0]), only.get("plugin", ""), only.get("command", ""), aliases)
        self.module, self.place, self._module = module.name, place, module

    def __getattr__(self, name):
        if name in Message.MADE:
            self._module.run(self)
        if name not in self.__dict__:
            raise AttributeError(name)
        return self.__dict__[name]
