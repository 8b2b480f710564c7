"""Boots the guest in QEMU and takes its memory while it is stopped."""

import json
import pathlib
import shutil
import socket
import subprocess
import time

from steps import Failure, say

SIZE = "20M"
# 5-level page tables, which a CPU model of all features would switch on, make
# Volatility 3 list nothing. KASLR is off, so that addresses equal System.map's.
CPU = "max,la57=off"
COMMAND_LINE = "console=ttyS0 quiet panic=-1 nokaslr"
READY = b"READY"
BOOT_LIMIT = 180  # seconds
SETTLE = 1


class Monitor:
    """QEMU's control connection (QMP): a JSON line each way."""

    def __init__(self, path):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(str(path))
        self.lines = self.connection.makefile("rw")
        self.lines.readline()  # the greeting
        self.do("qmp_capabilities")

    def do(self, command):
        self.lines.write(json.dumps({"execute": command}) + "\n")
        self.lines.flush()
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise Failure(f"QEMU refuses {command}: {answer['error']}")
            if "return" in answer:  # what else comes are events
                return


def command(kernel, initrd, memory, console, monitor):
    return ["qemu-system-x86_64", "-accel", "tcg", "-cpu", CPU, "-smp", "1", "-m", SIZE,
            "-machine", "pc,memory-backend=pc.ram",
            "-object", f"memory-backend-file,id=pc.ram,size={SIZE},share=on,mem-path={memory}",
            "-kernel", str(kernel), "-initrd", str(initrd), "-append", COMMAND_LINE,
            "-rtc", "base=2026-01-01T00:00:00",
            "-display", "none", "-vga", "none", "-nodefaults", "-no-reboot",
            "-serial", f"file:{console}", "-qmp", f"unix:{monitor},server=on,wait=off"]


def capture(work, kernel, initrd, image):
    """Boots, waits until the guest says that it is ready, and writes its memory,
    byte by byte of its physical address space, to `image`."""
    say(f"booting a guest of {SIZE}")
    folder = work / "boot"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    memory, console, monitor = folder / "memory", folder / "console", folder / "monitor"
    with open(folder / "qemu.log", "wb") as log, subprocess.Popen(
            command(kernel, initrd, memory, console, monitor),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log) as machine:
        try:
            wait_until_ready(machine, folder, console)
            time.sleep(SETTLE)
            control = Monitor(monitor)
            control.do("stop")
            shutil.copyfile(memory, image)
        finally:
            machine.kill()
    memory.unlink()


def wait_until_ready(machine, folder, console):
    limit = time.monotonic() + BOOT_LIMIT
    while READY not in read(console):
        if machine.poll() is not None or time.monotonic() > limit:
            words = read(folder / "qemu.log") + read(console)
            raise Failure("the guest did not start: " + words[-2000:].decode(errors="replace"))
        time.sleep(0.05)


def read(path: pathlib.Path):
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
