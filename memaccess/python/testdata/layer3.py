"""Asks the layer that Volatility 3 stacks on a location and prints the answers as
JSON.

    layer3.py FOLDER LOCATION OPERATIONS

OPERATIONS is JSON: a list of [method, argument...]; "class" asks for the layer's
class.
"""
if __name__ != "__main__":
    raise ImportError("a program, and no plugin of Volatility")

import binascii
import json
import sys

import volatility3.plugins
from volatility3 import framework
from volatility3.framework import contexts, exceptions
from volatility3.framework.automagic import stacker
from volatility3.framework.layers import physical

folder, location, operations = sys.argv[1:]
volatility3.plugins.__path__ = [folder]
framework.import_files(volatility3.plugins, True)
context = contexts.Context()
context.config["image.location"] = location
context.add_layer(physical.FileLayer(context, "image", "image"))
layer = context.layers[stacker.LayerStacker.stack_layer(context, "image")[0]]


def ask(method, *arguments):
    if method == "class":
        return type(layer).__name__
    value = getattr(layer, method)
    try:
        value = value(*arguments) if callable(value) else value
    except exceptions.InvalidAddressException:
        return "InvalidAddressException"
    if isinstance(value, bytes):
        return [len(value), binascii.crc32(value), value[:8].hex()]
    return value


json.dump([ask(*each) for each in json.loads(operations)], sys.stdout)
