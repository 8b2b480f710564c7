"""Symbol files for Volatility 3, parsed once: for all tables of a process, and, by the
store, for later processes.

Volatility makes at least two tables of a symbol file in each run, and for each it
decompresses, parses and validates the file. Here a file's content names what was
parsed of it. It is kept after Volatility has found it valid, and is not validated
again. Each table gets an object of its own, so that none can change another's.

The seam is three modules that volatility3.framework.symbols.intermed calls by name:
resources (opening a URL), json (load) and schemas (validate). Whatever else that
module may do with them goes through. The index of symbol files calls the same three:
what it parses of a new file is handed over to the first table.
"""
import collections
import contextlib
import importlib.util
import json
import logging

from . import collector, content3, lazy3, symbols3

log = logging.getLogger(__name__)

KIND = "symbols"

# So many files are held in memory: of a Windows memory image a few are needed.
HELD = 4

# The index parses all files, most of which nobody wants then. One with as many symbols
# as a kernel has is kept until a table is made.
MANY = 10000


def install(store):
    """Makes Volatility's tables take parsed files from here. store keeps them for
    later processes; None keeps them for this one."""
    from volatility3.framework.automagic import symbol_cache
    from volatility3.framework.symbols import intermed

    files = Files(store)
    attach(intermed, files, files.load)
    attach(symbol_cache, files, files.look)
    symbols3.install()


def attach(module, files, load):
    """Puts files between a module and what it calls."""
    detach(module)
    resources, schemas = module.resources, module.schemas
    module.resources = Instead(resources, ResourceAccessor=files.accessor(resources))
    module.json = Instead(module.json, load=load)
    module.schemas = Instead(
        schemas, validate=files.validator(schemas), create_json_hash=files.hasher(schemas)
    )


def detach(module):
    for name in ("resources", "json", "schemas"):
        setattr(module, name, getattr(getattr(module, name), "instead_of", getattr(module, name)))


class Instead(object):
    """A module, but for some of its names."""

    def __init__(self, module, **names):
        self.instead_of = module
        self.__dict__.update(names)

    def __getattr__(self, name):
        return getattr(self.instead_of, name)


class Opened(object):
    """An open symbol file, which is opened when somebody reads it."""

    def __init__(self, url, opener):
        self.url = url
        self._opener = opener
        self._stream = None

    def _opened(self):
        if self._stream is None:
            self._stream = self._opener(self.url)
        return self._stream

    def __getattr__(self, name):
        return getattr(self._opened(), name)

    def __iter__(self):
        return iter(self._opened())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._stream is not None:
            self._stream.close()


class Parsed(dict):
    """A symbol file's object."""

    key = None  # what it is kept by; None keeps it nowhere
    note = ""  # for people
    unchanged = None  # says whether the file is still the one that was parsed
    warnings = None  # what validating it said; None where it was not validated
    json_hash = None  # Volatility's, where it was made


class Files(object):
    """The symbol files that were parsed, by this process or by an earlier one."""

    def __init__(self, store):
        self._store = store
        self._held = collections.OrderedDict()
        self._contents = content3.Contents()
        self._recent = None  # what the index parsed last
        self._validates = importlib.util.find_spec("jsonschema") is not None
        self._depends = dependencies(self._validates)

    def accessor(self, resources):
        class Accessor(resources.ResourceAccessor):
            def open(self, url, mode="rb"):
                stock = super().open
                return stock(url, mode) if mode != "rb" else Opened(url, stock)

        return Accessor

    def load(self, reader, *args, **kwargs):
        """json.load, for what the accessor opened. intermed reads by a decoder, which
        has the file as its stream."""
        opened = getattr(reader, "stream", reader)
        if not isinstance(opened, Opened) or args or kwargs:
            return json.load(reader, *args, **kwargs)
        content = self._contents.of(opened.url)
        key = self._key(content)
        found = self._get(key) or self._handed_over(key)
        return found if found is not None else self._parsed(opened, content)

    def look(self, reader, *args, **kwargs):
        """json.load for the index, which wants each file once."""
        if not isinstance(reader, Opened) or args or kwargs:
            return json.load(reader, *args, **kwargs)
        content = self._contents.of(reader.url)
        parsed = self._parsed(reader, content)
        if isinstance(parsed, Parsed) and len(parsed.get("symbols", ())) >= MANY:
            self._recent = parsed
        return parsed

    def _parsed(self, opened, content):
        with collector.paused():
            parsed = json.loads(opened.read().decode("utf-8"))
        if not isinstance(parsed, dict):
            return parsed
        parsed = Parsed(parsed)
        if content:
            parsed.key, parsed.note, parsed.unchanged = self._key(content), opened.url, content.unchanged
        return parsed

    def _key(self, content):
        return "%s\n%s" % (content.digest, self._depends) if content else None

    def _handed_over(self, key):
        found, self._recent = self._recent, None
        return found if found is not None and found.key == key else None

    def hasher(self, schemas):
        def create_json_hash(parsed, *args, **kwargs):
            found = schemas.create_json_hash(parsed, *args, **kwargs)
            if isinstance(parsed, Parsed) and not args and not kwargs:
                parsed.json_hash = found
            return found

        return create_json_hash

    def validator(self, schemas):
        def validate(parsed, *args, **kwargs):
            if not isinstance(parsed, Parsed):
                return schemas.validate(parsed, *args, **kwargs)
            if parsed.warnings is not None:
                for level, text in parsed.warnings:
                    schemas.vollog.log(level, text)
                return True
            with heard(schemas.vollog) as said, self._hashed(schemas, parsed):
                valid = schemas.validate(parsed, *args, **kwargs)
            if valid:
                parsed.warnings = said
                self._keep(parsed)
            return valid

        return validate

    @contextlib.contextmanager
    def _hashed(self, schemas, parsed):
        """Spares Volatility from hashing a file again, or in vain: without jsonschema
        it makes nothing of the hash, by which it knows what it has validated."""
        known = parsed.json_hash if self._validates else ""
        stock = schemas.create_json_hash
        if known is not None:
            schemas.create_json_hash = lambda other, schema=None: known if other is parsed else stock(other, schema)
        try:
            yield
        finally:
            schemas.create_json_hash = stock

    def _get(self, key):
        if key is None:
            return None
        packed = self._held.get(key)
        if packed is None:
            packed = self._stored(key)
        if packed is None:
            return None
        self._hold(key, packed)
        parsed = Parsed(packed.new())
        parsed.warnings = packed.beside
        return parsed

    def _stored(self, key):
        data = self._store.get(KIND, key) if self._store is not None else None
        return lazy3.Packed(data) if data is not None else None

    def _keep(self, parsed):
        if parsed.key is None or not parsed.unchanged():
            return
        data = lazy3.pack(parsed, parsed.warnings)
        self._hold(parsed.key, lazy3.Packed(data))
        if self._store is not None:
            self._store.put(KIND, parsed.key, data, parsed.note)

    def _hold(self, key, packed):
        self._held[key] = packed
        self._held.move_to_end(key)
        while len(self._held) > HELD:
            self._held.popitem(last=False)


@contextlib.contextmanager
def heard(logger):
    """What a logger says to people meanwhile, as pairs of a level and a text."""
    said = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append((record.levelno, record.getMessage()))
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)


def dependencies(validates):
    """What a parsed file depends on besides its content: what validates it, and how
    Python writes it down."""
    from volatility3.framework import constants

    validates = "jsonschema" if validates else "no jsonschema"
    return "\n".join(["Volatility " + constants.PACKAGE_VERSION, validates, lazy3.FORMAT])
