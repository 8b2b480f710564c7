"""Encodes rows like pslist's in each way that there is in this Python, to memory and
to a pipe. Works under Python 2.7 and 3.

    rows.py FOLDER DATA ROWS check|measure all|ours

FOLDER holds plugins, volint's plug-in folder; programs, its rows for programs; and
panda_vol_int_pb2.py, protobuf's. What that is made of says the environment variable
PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION. Prints a line of JSON for each way.
"""
from __future__ import print_function

import gc
import io
import json
import os
import struct
import sys
import time

# The time that this process has a processor: what other programs take is not counted.
now = getattr(time, "process_time", None) or time.clock


class Task(object):
    """What a plugin yields: plain attributes."""

    __slots__ = ("offset", "name", "pid", "uid", "gid", "dtb", "start_time")


def varint(data, at):
    n = shift = 0
    while True:
        byte = data[at]
        at += 1
        n |= (byte & 0x7F) << shift
        if byte < 0x80:
            return n, at
        shift += 7


def read_tasks(path, rows):
    """The first rows of a set, and their frames as they are."""
    with open(path, "rb") as file:
        data = file.read()
    tasks, at = [], 0
    while len(tasks) < rows:
        end = at + 4 + struct.unpack_from("<I", data, at)[0]
        tasks.append(task_of(bytearray(data[at + 4 : end])))
        at = end
    return tasks, data[:at]


def task_of(data):
    task, at = Task(), 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = str(data[at : at + value].decode()), at + value
        setattr(task, Task.__slots__[(tag >> 3) - 1], value)
    return task


# The ways -------------------------------------------------------------------


def seed_way(message):
    """The render_protobuf that the PANDA-Volatility interface asks for."""

    def render(data, outfd):
        uint64 = 0xFFFFFFFFFFFFFFFF
        uint32 = 0xFFFFFFFF
        for task in data:
            ptask = message()
            ptask.offset = int(task.offset) & uint64
            ptask.name = str(task.name)
            ptask.pid = int(task.pid) & uint32
            ptask.uid = int(task.uid) & uint32
            ptask.gid = int(task.gid) & uint32
            ptask.dtb = int(task.dtb) & uint64
            ptask.start_time = int(task.start_time) & uint64
            tmp = ptask.SerializeToString()
            outfd.write(struct.pack("<I", len(tmp)) + tmp)
        outfd.flush()

    return render


def plugin_ways(module):
    """A generated plug-in: what Volatility runs, of expressions; and what it runs for
    a plugin's own table, of values."""
    name = "bench_python.linux_pslist_task"
    support = sys.modules[module.__package__ + ".volrender_support"]
    function = support.messages[name].render

    def expressions(data, outfd):
        function(None, outfd, data)
        outfd.flush()

    def values(data, outfd):
        with support.writer(name, outfd) as write:
            write.rows((t.offset, t.name, t.pid, t.uid, t.gid, t.dtb, t.start_time) for t in data)
        outfd.flush()

    return expressions, values


def program_way(module, support):
    """A generated class for programs."""

    def render(data, outfd):
        row = module.linux_pslist_task

        def each():
            for task in data:
                out = row()
                out.offset = task.offset
                out.name = task.name
                out.pid = task.pid
                out.uid = task.uid
                out.gid = task.gid
                out.dtb = task.dtb
                out.start_time = task.start_time
                yield out

        support.write_frames(outfd, each())
        outfd.flush()

    return render


def hand_way():
    """What one writes by hand for this one message, with tables for numbers of up to
    14 bits and no checks."""
    last = [bytes(bytearray([n] if n < 0x80 else [n & 0x7F | 0x80, n >> 7])) for n in range(1 << 14)]
    more = [bytes(bytearray([n & 0x7F | 0x80, n >> 7 | 0x80])) for n in range(1 << 14)]
    pack = struct.Struct("<I").pack

    def put(n):
        if n < 0x4000:
            return last[n]
        if n < 0x10000000:
            return more[n & 0x3FFF] + last[n >> 14]
        if n < 0x40000000000:
            return more[n & 0x3FFF] + more[n >> 14 & 0x3FFF] + last[n >> 28]
        return more[n & 0x3FFF] + more[n >> 14 & 0x3FFF] + more[n >> 28 & 0x3FFF] + put(n >> 42)

    def render(data, outfd):
        pending = []
        for task in data:
            name = task.name.encode("utf-8")
            row = b"".join((
                b"\x08", put(task.offset), b"\x12", last[len(name)], name, b"\x18", put(task.pid),
                b"\x20", put(task.uid), b"\x28", put(task.gid), b"\x30", put(task.dtb), b"\x38", put(task.start_time)))
            pending += (pack(len(row)), row)
            if len(pending) >= 512:
                outfd.write(b"".join(pending))
                pending = []
        outfd.write(b"".join(pending))
        outfd.flush()

    return render


def ways(folder, which):
    """(name, function) of each way here."""
    sys.path.insert(0, folder)
    import plugins.tasks_volrender as plugin
    import programs.tasks_rows as program
    import programs.volrender_program as support

    expressions, values = plugin_ways(plugin)
    found = [
        ("by hand, no checks", hand_way()),
        ("volint, plug-in, expressions", expressions),
        ("volint, plug-in, values", values),
        ("volint, a class for programs", program_way(program, support)),
    ]
    if which == "all":
        import panda_vol_int_pb2
        from google.protobuf.internal import api_implementation

        name = {"upb": "protobuf, upb", "cpp": "protobuf, C++", "python": "protobuf, pure Python"}
        found.insert(0, (name[api_implementation.Type()], seed_way(panda_vol_int_pb2.linux_pslist_task)))
    return found


# Where rows go ----------------------------------------------------------------


def to_memory(way, tasks):
    out = io.BytesIO()
    start = now()
    way(tasks, out)
    return now() - start, out


def to_pipe(way, tasks):
    """To a process that reads them."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write)
        while os.read(read, 1 << 16):
            pass
        os._exit(0)
    os.close(read)
    start = now()
    with os.fdopen(write, "wb") as out:
        way(tasks, out)
    spent = now() - start
    os.waitpid(child, 0)
    return spent, None


def main(folder, data, rows, what, which):
    tasks, frames = read_tasks(os.path.join(data, "pslist.frames"), int(rows))
    found = ways(folder, which)
    if what == "check":
        for name, way in found:
            if to_memory(way, tasks)[1].getvalue() != frames:
                sys.exit("error: %s writes other bytes\nhint: compare them with pslist.frames" % name)
        return
    gc.disable()  # as timeit does: what one way leaves is not another's to collect
    for name, way in found:
        for group, to in (("memory", to_memory), ("pipe", to_pipe)):
            seconds = to(way, tasks)[0]
            print(json.dumps({"set": group, "name": name, "ns": seconds / len(tasks) * 1e9,
                              "bytes": len(frames) / float(len(tasks))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
