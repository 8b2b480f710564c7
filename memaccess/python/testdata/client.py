"""Runs operations on the client of a module and prints the results as JSON.

    client.py FOLDER MODULE SOCKET OPERATIONS

OPERATIONS is JSON: a list of [name, argument...], of the functions below and else
of the client's methods and properties. Runs under Python 2.7 and 3.
"""
if __name__ != "__main__":
    raise ImportError("a program, and no plugin of Volatility")

import binascii
import json
import os
import resource
import sys
import threading
import time

folder, module, path, operations = sys.argv[1:]
sys.path.insert(0, folder)
client = __import__(module)
kept = []


def shown(value):
    """Bytes as their length, checksum and beginning."""
    if isinstance(value, bytes):
        return [len(value), binascii.crc32(value) & 0xFFFFFFFF, binascii.hexlify(value[:8]).decode()]
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    return value


def in_child(operation, *arguments):
    """What a forked child gets, while the parent goes on with its connection."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(theirs, json.dumps(attempt([operation] + list(arguments))).encode())
        client._quit()
        os._exit(0)
    os.close(theirs)
    os.waitpid(pid, 0)
    with os.fdopen(ours) as answer:
        return json.load(answer)


def interrupted(*arguments):
    """A read that Ctrl-C interrupts, and the next: it must not get the other's answer."""
    memory = client.connect(path)
    memory.runs
    receive = memory._server._some

    def stopped(length, flags):
        receive(1, flags)
        raise KeyboardInterrupt()

    memory._server._some = stopped
    memory.forget()
    try:
        memory.read(*arguments)
        return "not interrupted"
    except KeyboardInterrupt:
        pass
    return shown(client.connect(path).read(*arguments))


def leaked():
    """How many more descriptors are open than when this was asked first."""
    client.find_system_calls()  # what it takes to load a library is no leak
    count = len(os.listdir("/proc/self/fd"))
    kept.append(count)
    return count - kept[0]


def change(file, offset, data):
    """Writes to a file, as a guest does to its memory."""
    with open(file, "r+b") as to:
        to.seek(offset)
        to.write(data.encode())


def truncate(file, size):
    with open(file, "r+b") as to:
        to.truncate(size)


def sleep(seconds):
    time.sleep(seconds)


def replace(other):
    """Has another server where this one was."""
    os.rename(other, path)


def together(count):
    """Reads by threads at once: whether each got what it asked for."""
    memory = client.connect(path)
    first = 1 << 20
    want = memory.zread(first, 64 * 4096)
    memory.forget()
    wrong = []

    def read(start):
        for page in range(start, 64):
            if memory.read(first + page * 4096, 4096) != want[page * 4096 : page * 4096 + 4096]:
                wrong.append(page)
            if page % 7 == start % 7:
                memory.forget()

    threads = [threading.Thread(target=read, args=(start,)) for start in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def touch(file):
    open(file, "w").close()


def write(address, data, times=1):
    return client.connect(path).write(address, data.encode() * times)


def trouble():
    return client.connect(path).trouble()


def limit_memory(size):
    """Makes a big allocation fail."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def limit_patience(seconds):
    client.PATIENCE = seconds


def use(socket):
    """Another server, from now on."""
    global path
    path = socket


def close_all():
    client._quit()
    client._memories.clear()


def many(rounds):
    """Memories of a server that lies: how many said nothing, how many a ServerError.
    Anything else is raised."""
    good = bad = 0
    for _ in range(rounds):
        memory = None
        try:
            memory = client.Memory(path)
            memory.trouble()
            memory.pause()
            for address in (4096, 8192, 73728, 1 << 20):
                memory.read(address, 100)
                memory.zread(address - 10, 100)
            memory.read_each([(8192, 10), (8300, 20)])
            good += 1
        except client.ServerError:
            bad += 1
        if memory:
            memory.close()
    return [good, bad]


def hide_ctypes():
    """Python 2.7 may be built without."""
    sys.modules["ctypes"] = None


def keep():
    """Holds this Memory, so that what it leaves open stays open."""
    kept.append(client.connect(path))


FUNCTIONS = [in_child, interrupted, leaked, change, truncate, touch, write, trouble, sleep, replace, together]
FUNCTIONS = dict((each.__name__, each) for each in FUNCTIONS + [limit_memory, limit_patience, use, close_all, many, hide_ctypes, keep])


def run(operation, *arguments):
    name = operation.replace(" ", "_")
    if name in FUNCTIONS:
        return FUNCTIONS[name](*arguments)
    value = getattr(client.connect(path), name)
    return shown(value(*arguments) if callable(value) else value)


def attempt(operation):
    try:
        return run(*operation)
    except client.ServerError as error:
        return "ServerError: %s" % error


json.dump([attempt(operation) for operation in json.loads(operations)], sys.stdout)
