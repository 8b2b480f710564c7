"""Runs operations on the client of a module and prints the results as JSON.

    client.py FOLDER MODULE SOCKET OPERATIONS

OPERATIONS is JSON: a list of [name, argument...]. Runs under Python 2.7 and 3.
"""
import binascii
import json
import os
import sys

folder, module, path, operations = sys.argv[1:]
sys.path.insert(0, folder)
client = __import__(module)


def shown(data):
    """Bytes as their length, checksum and beginning."""
    return [len(data), binascii.crc32(data) & 0xFFFFFFFF, binascii.hexlify(data[:8]).decode()]


def run(operation, *arguments):
    memory = client.connect(path)
    if operation == "runs":
        return [list(run) for run in memory.runs]
    if operation == "read":
        return shown(memory.read(*arguments))
    if operation == "readable":
        return memory.readable(*arguments)
    if operation == "forget":
        return memory.forget()
    if operation == "read in a child":
        return in_child(lambda: memory.read(*arguments))
    if operation == "interrupt":
        return interrupted(memory, *arguments)
    raise ValueError(operation)


def in_child(read):
    """What a forked child reads, while the parent goes on with its connection."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(theirs, json.dumps(shown(read())).encode())
        client._quit()
        os._exit(0)
    os.close(theirs)
    os.waitpid(pid, 0)
    with os.fdopen(ours) as answer:
        return json.load(answer)


def interrupted(memory, *arguments):
    """A read that Ctrl-C interrupts, and the next: it must not get the other's answer."""
    receive = memory._receive

    def stopped(length):
        receive(1)
        raise KeyboardInterrupt()

    memory._receive = stopped
    memory.forget()
    try:
        memory.read(*arguments)
        return "not interrupted"
    except KeyboardInterrupt:
        pass
    memory._receive = receive
    return run("read", *arguments) if memory.broken else shown(memory.read(*arguments))


def attempt(operation):
    try:
        return run(*operation)
    except client.ServerError as error:
        return "ServerError: %s" % error


json.dump([attempt(operation) for operation in json.loads(operations)], sys.stdout)
