"""The guest that tests read while it runs: Debian's kernel for the cloud, and an
initial file system with the processes of testdata/recipe.

A kernel that is there stays, whatever Debian has since: a folder that is made anew
takes today's.
"""

import hashlib
import pathlib
import platform
import tempfile

import debian
import environments
import stamp
from run import quietly
from say import Problem, step

METAPACKAGE = "linux-image-cloud-amd64"
RECIPE = pathlib.Path(__file__).resolve().parent.parent.parent / "testdata" / "recipe"


def ensure(tools, packages):
    """Sees to it that tools/live has the guest, if that can be. The environment
    tools/kallsyms gets these {package: version}, which read the kernel's symbols."""
    folder = tools / "live"
    if stamp.read(folder, maker(), proof="initrd.gz") is not None:
        return
    if platform.machine() != "x86_64":
        left_out(f"a kernel of Debian's for {platform.machine()}")
        return
    package = fetch(folder)
    if package is None:
        left_out(f"the package that Debian's {METAPACKAGE} stands for: no apt-get, or no lists of packages "
                 "and no root to update them")
        return
    try:
        environments.ensure(tools / "kallsyms", packages)
    except Problem as trouble:
        left_out(trouble.message)
        return
    make(tools / "kallsyms" / "bin" / "python", package, folder)


def fetch(folder):
    """The path of the kernel's package: what is there, else today's, else None."""
    packages = folder / "package"
    packages.mkdir(parents=True, exist_ok=True)
    there = sorted(packages.glob("*.deb"))
    if there:
        return there[-1]
    step(f"apt-get download: the kernel of {METAPACKAGE}")
    with tempfile.TemporaryDirectory(dir=folder) as path:
        package = debian.download(METAPACKAGE, pathlib.Path(path))
        # What was cut short would be taken for whole the next time.
        return package and package.rename(packages / package.name)


def make(python, package, folder):
    step(f"making a guest of {package.name}")
    status, output = quietly([python, RECIPE / "packaged.py", package, folder])
    if status != 0:
        print(output.rstrip())
        left_out(f"a guest of {package.name}; see above")
        return
    name, version, _ = package.name.split("_")
    stamp.write(folder, maker(), {name: version})


def maker():
    """Changes with whatever the guest is made by."""
    digest = hashlib.sha256()
    for each in sorted([*RECIPE.glob("*.py"), *RECIPE.glob("guest/*")]):
        digest.update(each.name.encode() + b"\0" + each.read_bytes())
    return digest.hexdigest()


def left_out(what):
    step(f"not there: {what}; the tests on a guest that runs Linux will be skipped")
