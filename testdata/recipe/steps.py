"""What the recipe's steps have in common: they run programs and say what they do."""

import subprocess


class Failure(Exception):
    """A step that did not work, and why."""


def say(text):
    print(f"recipe: {text}", flush=True)


def run(command, log, **options):
    """Runs a command; what it says goes to the file `log`."""
    with open(log, "ab") as out:
        try:
            done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=out, check=False, **options)
        except OSError as problem:
            raise Failure(f"{command[0]}: {problem} (README.md lists the packages)") from problem
    if done.returncode != 0:
        raise Failure(f"{command[0]} ended with status {done.returncode}: see {log}")
