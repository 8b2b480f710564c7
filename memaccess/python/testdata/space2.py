"""Asks the address space of Volatility 2 and prints the answers as JSON.

    space2.py FOLDER LOCATION OPERATIONS

OPERATIONS is JSON: a list of [method, argument...]; "allow" is --write.
"""
if __name__ != "__main__":
    raise ImportError("a program, and no plugin of Volatility")

import binascii
import json
import os
import sys

folder, location, operations = sys.argv[1:]
os.chdir(folder)
stdout = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # where Volatility says which plugins can't be imported
import volatility.conf as conf
import volatility.plugins
import volatility.registry as registry
import volatility.addrspace as addrspace

volatility.plugins.__path__.append(folder)
registry.PluginImporter()
config = conf.ConfObject()
registry.register_global_options(config, addrspace.BaseAddressSpace)
config.update("LOCATION", str(location))
space = registry.get_plugin_classes(addrspace.BaseAddressSpace)["PMemAddressSpace"](None, config)


def shown(value):
    if isinstance(value, str):
        return [len(value), binascii.crc32(value) & 0xFFFFFFFF, binascii.hexlify(value[:8])]
    if hasattr(value, "next"):
        return [list(item) for item in value]
    return value


def ask(method, *arguments):
    if method == "allow":
        return config.update("WRITE", True)
    if method == "write":
        arguments = (arguments[0], str(arguments[1]))
    return shown(getattr(space, method)(*arguments))


json.dump([ask(*each) for each in json.loads(operations)], stdout)
stdout.close()
