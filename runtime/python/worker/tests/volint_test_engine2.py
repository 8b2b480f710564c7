"""Volatility 2's engine on the small image, and children that run commands of it.

Importing it takes as long as Volatility's start, once for all tests.
"""
import json
import os
import shutil
import struct
import sys
import tempfile
import unittest

import volint_test_support
from volint_worker import engine2, failure

FIXTURE = os.path.join(volint_test_support.HERE, "..", "..", "..", "..", "testdata", "linux-6.1-tiny")
ARCHIVE = os.path.join(FIXTURE, "Tiny61.zip")
PROFILE = "LinuxTiny61x64"
IMAGE = os.environ.get("VOLINT_TEST_IMAGE", "")


class Control(object):
    """Takes records, as the control channel does."""

    def __init__(self):
        self.records = []

    def send(self, kind, **fields):
        self.records.append((kind, fields))


class Frames(object):
    def __init__(self):
        self.parts = []

    def write(self, data):
        self.parts.append(data)


def request(**more):
    asked = dict.fromkeys(("message", "plugin", "cache", "memory", "private", "store", "identity"), "")
    asked.update(action="table", version=2, image=IMAGE, name="the image", profile=PROFILE, plugins=[FIXTURE])
    asked.update(args=[], symbols=[], dropins=[], strict=False, log="error", pause=False, hold=0, store_limit=1 << 30)
    asked.update(more)
    return asked


def engine():
    """The one Engine of this process: Volatility 2 has one configuration."""
    if not _engine:
        sys.argv[:] = ["volint"]  # which Volatility reads, again and again: see boot.py
        # Plugins that lack a library print so.
        with open(os.devnull, "w") as nowhere:
            stdout, sys.stdout = sys.stdout, nowhere
            try:
                _engine.append(engine2.Engine(request(), Control()))
            finally:
                sys.stdout = stdout
    return _engine[0]


_engine = []


def child(work):
    """What work() returns in a forked child, as JSON has it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            try:
                told = work()
            except failure.Failure as problem:
                told = {"code": problem.code, "message": problem.message, "detail": problem.detail}
            os.write(writer, json.dumps(told).encode("ascii"))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        data = told.read()
    os.waitpid(pid, 0)
    return json.loads(data)


def run(plugin, *args, **more):
    """A command's rows, run in a child of a warm engine; or the Failure, as a dictionary."""
    asked = request(plugin=plugin, args=list(args), **more)
    try:
        reason = engine().prepare(asked, Control())
    except failure.Failure as problem:
        return {"code": problem.code, "message": problem.message}
    if reason is not None:
        raise AssertionError(reason)
    return child(lambda: perform(asked))


def perform(asked):
    frames = Frames()
    end = engine().run(asked, Control(), frames)
    rows = [json.loads(part[4:]) for part in frames.parts]
    if end["rows"] != len(rows) or any(struct.unpack("<I", part[:4])[0] != len(part) - 4 for part in frames.parts):
        raise AssertionError("the end record has %d rows of %d" % (end["rows"], len(rows)))
    return rows


class Test(unittest.TestCase):
    """With a folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)
