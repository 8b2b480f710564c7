#!/usr/bin/env python3
"""Runs `go test` and tells at the end which tests were skipped, and why.

    python3 scripts/gotest.py [flags of go test] PACKAGES

Plain `go test` says nothing of skipped tests, and `go test -v` buries them: a
tool that is missing must not pass unseen. Packages' lines and the output of
tests that fail are shown as they come.
"""

import collections
import json
import re
import subprocess
import sys

# How tests say why they skip: tool (internal/testenv says which), system, user.
SKIP = re.compile(r"SKIP\(\w+\): (.*)")


class Report:
    """Takes go test's events and prints what people want of them."""

    def __init__(self):
        self.output = collections.defaultdict(list)  # (package, test) -> lines
        self.skips = collections.defaultdict(set)    # reason -> tests
        self.counts = collections.Counter()

    def take(self, event):
        action, test = event["Action"], event.get("Test")
        key = (event.get("Package"), test)
        if action == "build-output":
            sys.stdout.write(event["Output"])
        elif action == "output" and test is None:
            if event["Output"] != "PASS\n":
                sys.stdout.write(event["Output"])
        elif action == "output":
            self.output[key].append(event["Output"])
            skip = SKIP.search(event["Output"])
            if skip:
                self.skips[skip[1]].add(test)
        elif action in ("pass", "fail", "skip") and test is not None:
            self.counts[action] += 1
            lines = self.output.pop(key, [])
            if action == "fail":
                sys.stdout.writelines(lines)
        sys.stdout.flush()

    def close(self):
        # What is left belongs to tests that never ended: a panic, a time limit.
        for lines in self.output.values():
            sys.stdout.writelines(lines)
        for reason, tests in sorted(self.skips.items()):
            print(f"skipped: {', '.join(sorted(tests))}\n  {reason}")
        print(f"{self.counts['pass']} passed, {self.counts['fail']} failed, "
              f"{self.counts['skip']} skipped")


def main(arguments):
    report = Report()
    # Guests that are emulated take their time where all packages are tested at once.
    command = ["go", "test", "-json", "-timeout", "30m", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                          errors="replace") as tests:
        for line in tests.stdout:
            if line.startswith("{"):
                report.take(json.loads(line))
            else:
                sys.stdout.write(line)
    report.close()
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
