"""What is measured: an image, and the command lines that read it."""

import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tools import ROOT, TOOLS, Missing, run

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE / "build"
PYTHON = TOOLS / "py3" / "bin" / "python"
VOL = TOOLS / "py3" / "bin" / "vol"

PSLIST, KALLSYMS = "linux.pslist.PsList", "linux.kallsyms.Kallsyms"
MESSAGE = "volatility_render.linux_pslist_task"

# Plugins that run with options only.
NEEDING = {"linux.vmaregexscan.VmaRegExScan", "regexscan.RegExScan", "linux.module_extract.ModuleExtract"}


def build():
    """Builds volint and the driver: {name: path}."""
    BUILD.mkdir(exist_ok=True)
    for name, package in {"volint": "./cmd/volint", "driver": "./bench/session/driver"}.items():
        run("go", "build", "-o", BUILD / name, package, cwd=ROOT)
    return {"volint": BUILD / "volint", "driver": BUILD / "driver"}


def environment(cache):
    """The environment of all processes; one way's caches are not another's."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOLINT_")}
    # The order of sets is the same for all.
    return {**clean, "VOLINT_CACHE": str(cache), "VOLINT_BIN": str(BUILD / "volint"), "PYTHONHASHSEED": "0"}


class Subject:
    """An image with its symbols, below a name that folders are called by."""

    def __init__(self, name, title, image, symbols):
        self.name, self.title, self.image, self.symbols = name, title, pathlib.Path(image), pathlib.Path(symbols)
        self.folder = BUILD / name
        self.index = self.folder / "index"    # Volatility's own cache
        self.cache = self.folder / "cache"    # volint's
        self.saved = self.folder / "saved.json"
        self.index.mkdir(parents=True, exist_ok=True)
        self.cache.mkdir(mode=0o700, exist_ok=True)
        self.environment = environment(self.cache)

    def vol(self, plugin, *options, renderer="json", cache=None):
        return [VOL, "-q", "--offline", "-r", renderer, "--cache-path", cache or self.index, "-s", self.symbols,
                "-f", self.image, *options, plugin]

    def vol_saved(self, plugin):
        """With a configuration that was saved: Volatility's own way round automagic."""
        return [VOL, "-q", "--offline", "-r", "json", "--cache-path", self.index, "-s", self.symbols, "-c", self.saved, plugin]

    def pandare(self, plugin, calls, *options):
        return [PYTHON, HERE / "peer" / "pandare.py", self.image, self.symbols, self.index, calls, plugin, *options]

    def volint(self, command, form="jsonl"):
        return [BUILD / "volint", "run", "-f", self.image, "--python", PYTHON, "--symbols", self.symbols, "--format", form,
                command]

    def forget(self, everything=False):
        """Empties volint's cache, but for Volatility's index of symbol files."""
        shutil.rmtree(self.cache if everything else self.cache / "store", ignore_errors=True)
        self.cache.mkdir(mode=0o700, exist_ok=True)

    def open(self, driver, session, cache=None, **fields):
        fields = {"image": str(self.image), **fields}
        return driver.do("open", session, version=3, python=str(PYTHON), folder=str(self.symbols),
                         cache=str(cache or self.cache), **fields)

    def plugins(self):
        """All plugins for Linux and for any system that need no option."""
        listed = re.findall(r"^    ([a-z]\w*(?:\.\w+)+)", run(VOL, "-h"), re.M)
        return sorted({name for name in listed if not name.startswith(("windows.", "mac."))} - NEEDING)


def subjects(driver):
    """The images: {name: Subject}."""
    run(sys.executable, ROOT / "scripts" / "setup" / "unpack_image.py")
    small = Subject("small", "the small image (20 MiB)", TOOLS / "image" / "linux-6.1-tiny.raw", ROOT / "testdata" / "linux-6.1-tiny")
    live = TOOLS / "live" / "symbols"
    if not live.exists():
        raise Missing("there is no guest of Debian's kernel in .tools")
    debian = Subject("debian", "Debian's kernel for the cloud, KASLR on (160 MiB)", driver.do("image")["path"], live)
    return {"small": small, "debian": debian}
