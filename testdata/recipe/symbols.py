"""Writes a symbol file for Volatility 3 from a kernel's BTF and its System.map."""

import base64
import hashlib
import json
import lzma
import re

import btf
import variables

VOID = {"kind": "base", "name": "void"}
POINTER_SIZE = 8
# The names that BTF's enums have for what holds their values, by size in bytes.
ENUM_BASES = {1: "unsigned char", 2: "short unsigned int", 4: "unsigned int", 8: "long unsigned int"}


class Types:
    """A kernel's types in the words of Volatility 3's symbol files."""

    def __init__(self, data):
        self.types = btf.read(data)
        self.names = btf.names(self.types)
        self.base = {
            "void": {"size": 0, "signed": False, "kind": "void", "endian": "little"},
            "pointer": {"size": POINTER_SIZE, "signed": False, "kind": "int", "endian": "little"},
        }
        self.enums = {}
        self.user = {}
        for number, each in enumerate(self.types):
            self.add(number, each)

    def add(self, number, each):
        if each is None:
            return
        if each.kind in (btf.INT, btf.FLOAT):
            self.base[each.name] = base_type(each)
        elif each.kind in btf.ENUMS:
            self.enums[self.names[number]] = enum(each)
        elif each.kind in btf.COMPOSITES:
            self.user[self.names[number]] = self.composite(each)

    def composite(self, each):
        fields, unnamed = {}, 0
        for name, number, bits, width in each.members:
            member = {"type": self.reference(number), "offset": bits // 8}
            if width:
                member["type"] = {"kind": "bitfield", "bit_length": width,
                                  "bit_position": bits % 8, "type": member["type"]}
            if not name:
                name = f"unnamed_field_{unnamed:x}"
                unnamed += 1
                member["anonymous"] = True
            fields[name] = member
        return {"size": each.size, "fields": fields,
                "kind": "struct" if each.kind == btf.STRUCT else "union"}

    def reference(self, number):
        """How a member, a pointer or an array names a type."""
        while number and self.types[number].kind in btf.WRAPPERS:
            number = self.types[number].target
        if not number:
            return VOID
        each = self.types[number]
        if each.kind in (btf.INT, btf.FLOAT):
            return {"kind": "base", "name": each.name}
        if each.kind == btf.POINTER:
            return {"kind": "pointer", "subtype": self.reference(each.target)}
        if each.kind == btf.ARRAY:
            return {"kind": "array", "count": each.count, "subtype": self.reference(each.element)}
        if each.kind in btf.COMPOSITES:
            kind = "struct" if each.kind == btf.STRUCT else "union"
            return {"kind": kind, "name": self.names[number]}
        if each.kind in btf.ENUMS:
            return {"kind": "enum", "name": self.names[number]}
        if each.kind == btf.FORWARD:
            return {"kind": "union" if each.flag else "struct", "name": each.name}
        return {"kind": "function"}

    def parse(self, text):
        """The reference for a type as variables.py writes it."""
        if text.startswith("?"):
            return self.with_members(set(text[1:].split(",")))
        array = re.match(r"(.*?)\s*\[(\d+)\]$", text)
        if array:
            return {"kind": "array", "count": int(array[2]), "subtype": self.parse(array[1])}
        if text.endswith("*"):
            return {"kind": "pointer", "subtype": self.parse(text[:-1].strip())}
        if text in self.base:
            return {"kind": "base", "name": text}
        return {"kind": self.user[text]["kind"] if text in self.user else "struct", "name": text}

    def with_members(self, members):
        for name, each in self.user.items():
            if set(each["fields"]) == members:
                return {"kind": "struct", "name": name}
        return VOID


def base_type(each):
    if each.kind == btf.FLOAT:
        kind = "float"
    elif each.encoding & 4:
        kind = "bool"
    else:
        kind = "char" if each.name in ("char", "signed char", "unsigned char") else "int"
    return {"size": each.size, "signed": bool(each.encoding & 1), "kind": kind, "endian": "little"}


def enum(each):
    base = "int" if each.size == 4 and each.flag else ENUM_BASES[each.size]
    return {"size": each.size, "base": base, "constants": dict(each.values)}


def addresses(lines):
    """{symbol: address} of a System.map; a global beats a static of its name."""
    result = {}
    for line in lines:
        address, kind, name = line.split()[:3]
        if kind != "U" and not (name in result and kind.islower()):
            result[name] = int(address, 16)
    return result


def banner(kernel):
    """The line by which Volatility recognises a kernel, as it lies in memory."""
    lines = re.findall(rb"Linux version [0-9][^%\0\n]{20,400}\n\0", kernel)
    return max(lines, key=len)


def symbol_table(types, symbols, line):
    table = {}
    for name, address in symbols.items():
        kind = variables.type_of(name)
        table[name] = {"address": address, "type": types.parse(kind) if kind else VOID}
    table["linux_banner"].update(
        constant_data=base64.b64encode(line).decode(),
        type={"kind": "array", "count": len(line), "subtype": {"kind": "base", "name": "char"}})
    return table


def origin(path, kind):
    return {"kind": kind, "name": path.name, "hash_type": "sha256",
            "hash_value": hashlib.sha256(path.read_bytes()).hexdigest()}


def write(kernel, path):
    """Writes the symbol file of a kernel, packed if it is to be called .xz, and returns
    its content."""
    types = Types(kernel.btf.read_bytes())
    symbols = addresses(kernel.symbols.read_text().splitlines())
    line = banner(kernel.vmlinux.read_bytes())
    document = {
        "metadata": {
            "format": "6.2.0",
            "producer": {"name": "volint-recipe", "version": "0.1.0"},
            "linux": {"symbols": [origin(kernel.symbols, "system-map")],
                      "types": [origin(kernel.btf, "btf")]},
        },
        "base_types": types.base,
        "user_types": types.user,
        "enums": types.enums,
        "symbols": symbol_table(types, symbols, line),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    if path.suffix == ".xz":
        text = lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)
    path.write_bytes(text)
    return document
