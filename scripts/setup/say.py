"""What setup tells the user: steps as they go, and problems with a way out."""

import sys


class Problem(Exception):
    """Something that the user has to mend: what, and what to do about it."""

    def __init__(self, message, hint, detail=""):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail


def step(text):
    """Says what is being done, before it is done."""
    print(f"setup: {text}", flush=True)


def problem(trouble):
    """Shows a Problem as all of volint's programs show theirs."""
    if trouble.detail:
        print(trouble.detail.rstrip(), file=sys.stderr)
    print(f"error: {trouble.message}", file=sys.stderr)
    print(f"hint: {trouble.hint}", file=sys.stderr)
