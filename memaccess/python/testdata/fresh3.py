"""Looks at changing memory through a Volatility 3 context, and prints as JSON what
it sees.

    fresh3.py FOLDER LOCATION FILE OFFSET

FILE has the memory that LOCATION serves; physical address 0 is at OFFSET.
"""
if __name__ != "__main__":
    raise ImportError("a program, and no plugin of Volatility")

import copy
import json
import struct
import sys

import volatility3.plugins
from volatility3 import framework
from volatility3.framework import contexts
from volatility3.framework.automagic import stacker
from volatility3.framework.layers import intel, physical, scanners

folder, location, file, offset = sys.argv[1:]
volatility3.plugins.__path__ = [folder]
framework.import_files(volatility3.plugins, True)
from volatility3.plugins import volint_memory_layer as drop_in  # noqa: E402

PRESENT = 3


def change(address, data):
    with open(file, "r+b") as to:
        to.seek(int(offset) + address)
        to.write(data)


def point(table, to):
    """Makes a table's first entry lead to an address."""
    change(table, struct.pack("<Q", to | PRESENT) + bytes(4088))


context = contexts.Context()
context.config["image.location"] = location
context.add_layer(physical.FileLayer(context, "image", "image"))
for table in (0x1000, 0x2000, 0x3000, 0x4000):
    point(table, table + 0x1000)
change(0x5000, b"before  ")
change(0x6000, b"the next")
context.config["kernel.memory_layer"] = stacker.LayerStacker.stack_layer(context, "image")[0]
context.config["kernel.page_map_offset"] = 0x1000
kernel = intel.Intel32e(context, "kernel", "kernel")
context.add_layer(kernel)
seen = []


def look():
    seen.append(kernel.read(0, 8).decode())


look()
change(0x5000, b"after   ")
look()
drop_in.fresh(context)
look()
point(0x4000, 0x6000)
look()
drop_in.fresh(context)
look()

# A copy of a context reads the same memory, and so does one made of a configuration.
memory = context.layers[context.config["kernel.memory_layer"]]
other = copy.deepcopy(context)
seen.append(other.layers[memory.name].read(0x6000, 8).decode())
built = memory.build_configuration()
seen.append(built["class"])
again = contexts.Context()
again.config["memory.location"] = built["location"]
layer = getattr(sys.modules[built["class"].rpartition(".")[0]], built["class"].rpartition(".")[2])
seen.append(layer(again, "memory", "memory").read(0x6000, 8).decode())

# A scan finds what lies behind a hole.
change(0x9FFF0, b"needle")
change(0x100 - int(offset) + 100, b"needle")  # where 1 MiB begins, and 256 bytes
seen.append([at for at in memory.scan(context, scanners.BytesScanner(b"needle"))])
memory.write(0x6000, b"changed!")
seen.append(memory.read(0x6000, 8).decode())
json.dump(seen, sys.stdout)
