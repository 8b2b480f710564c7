"""Talks to the driver, which runs commands in sessions (driver/main.go)."""

import contextlib
import json
import subprocess

import processes


class Driver:
    def __init__(self, command, environment, **options):
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()

    def do(self, what, session="", **fields):
        request = {"do": what, "session": session, **fields}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise processes.Failed(f"the driver failed at {what}: see its words above")
        return json.loads(line)

    def run(self, session, plugin, args=(), message="", save=""):
        return self.do("run", session, plugins=[plugin], args=list(args), message=message, save=str(save))
