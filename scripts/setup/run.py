"""Runs programs quietly: their words are shown only when they fail."""

import subprocess


def quietly(command, **options):
    """Runs a command to its end and returns (status, what it printed).

    A program that can't be started is a status of its own: 127.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    except OSError as problem:
        return 127, str(problem)
    return done.returncode, done.stdout.decode(errors="replace")


def succeeds(command, **options):
    """Whether a command ends with status 0."""
    return quietly(command, **options)[0] == 0
