"""Writes a Volatility 2 profile from a Volatility 3 symbol file.

A profile is a zip of System.map and of text in the shape that `dwarfdump -di`
prints, which Volatility 2 reads line by line.
"""

import json
import zipfile

# Volatility 2 knows a member by a name that Linux 5.14 changed.
ALIASES = {"task_struct": {"state": "__state"}}
# Integers, by size and sign, as Volatility 2 names them.
INTEGERS = {
    (1, True): "char", (1, False): "unsigned char",
    (2, True): "short int", (2, False): "short unsigned int",
    (4, True): "int", (4, False): "unsigned int",
    (8, True): "long int", (8, False): "long unsigned int",
}
KEPT_NAMES = ("char", "long long int", "long long unsigned int")
WRITTEN = (2026, 1, 1, 0, 0, 0)


class Dwarf:
    """The text, made type by type: a type is written when first referred to."""

    def __init__(self, document):
        self.structs = document["user_types"]
        self.bases = document["base_types"]
        self.enums = document["enums"]
        self.lines = []
        self.last = 100
        self.known = {}
        self.waiting = []

    def text(self):
        self.line(0, 11, "compile_unit", name="isf", language="DW_LANG_C99")
        for name in self.enums:
            self.reference({"kind": "enum", "name": name})
        for name, each in self.structs.items():
            self.reference({"kind": each["kind"], "name": name})
        for number, each in self.waiting:  # grows while it is walked
            self.definition(number, each)
        return "\n".join(self.lines) + "\n"

    def line(self, level, number, tag, **attributes):
        parts = [f" DW_AT_{name}<{value}>" for name, value in attributes.items()]
        self.lines.append(f"<{level}><{number}><DW_TAG_{tag}>" + "".join(parts))

    def number(self):
        self.last += 1
        return self.last

    def reference(self, each):
        """The number of a type, or None for void."""
        if each["kind"] == "base" and (each["name"] == "void" or each["name"] not in self.bases):
            return None
        key = json.dumps(each, sort_keys=True)
        if key not in self.known:
            self.known[key] = self.declare(each)
        return self.known[key]

    def declare(self, each):
        kind = each["kind"]
        if kind == "base":
            number = self.number()
            self.line(1, number, "base_type", byte_size=self.bases[each["name"]]["size"],
                      name=self.base_name(each["name"]))
        elif kind == "pointer":
            target = self.reference(each["subtype"])
            number = self.number()
            self.line(1, number, "pointer_type", byte_size=8,
                      **({"type": f"<{target}>"} if target else {}))
        elif kind == "array":
            element = self.reference(each["subtype"]) or self.byte()
            number = self.number()
            self.line(1, number, "array_type", type=f"<{element}>")
            bound = {"upper_bound": each["count"] - 1} if each["count"] else {}
            self.line(2, self.number(), "subrange_type", **bound)
        elif kind in ("struct", "union", "enum"):
            number = self.number()
            self.waiting.append((number, each))
        else:
            number = self.number()
            self.line(1, number, "subroutine_type", prototyped="yes(1)")
        return number

    def byte(self):
        return self.reference({"kind": "base", "name": "unsigned char"})

    def base_name(self, name):
        base = self.bases[name]
        if base["kind"] == "float":
            return "double" if base["size"] >= 8 else "float"
        if base["kind"] == "bool":
            return "_Bool"
        if name in KEPT_NAMES:
            return name
        return INTEGERS.get((base["size"], base["signed"]), "long unsigned int")

    def definition(self, number, each):
        if each["kind"] == "enum":
            self.enum(number, each["name"])
        else:
            self.struct(number, each["name"])

    def enum(self, number, name):
        if name not in self.enums:
            self.line(1, number, "enumeration_type", name=name, declaration="yes(1)")
            return
        each = self.enums[name]
        self.line(1, number, "enumeration_type", name=tag(name), byte_size=each["size"])
        for constant, value in each["constants"].items():
            self.line(2, self.number(), "enumerator", name=constant, const_value=value)

    def struct(self, number, name):
        if name not in self.structs:
            self.line(1, number, "structure_type", name=name, declaration="yes(1)")
            return
        # The members' types have to stand before the struct's own line.
        members = [(member, offset, self.member(each))
                   for member, offset, each in self.with_aliases(name)]
        # A union is written as a struct too: its flattened members may have
        # offsets, which Volatility 2 would drop in a union.
        self.line(1, number, "structure_type", name=tag(name), byte_size=self.structs[name]["size"])
        for member, offset, attributes in members:
            self.line(2, self.number(), "member", name=member, **attributes,
                      data_member_location=offset)

    def member(self, each):
        if each["kind"] != "bitfield":
            return {"type": f"<{self.reference(each) or self.byte()}>"}
        size, inner = self.size(each["type"]), self.reference(each["type"])
        position, length = each["bit_position"], each["bit_length"]
        while position + length > size * 8:
            size *= 2
        return {"type": f"<{inner}>", "byte_size": size, "bit_size": length,
                "bit_offset": size * 8 - position - length}  # DWARF counts from the top

    def size(self, each):
        if each["kind"] == "base":
            return self.bases[each["name"]]["size"]
        return self.enums[each["name"]]["size"] if each["name"] in self.enums else 4

    def with_aliases(self, name):
        members = list(self.flat(name))
        present = {member for member, _, _ in members}
        for alias, real in ALIASES.get(name, {}).items():
            if alias not in present:
                members += [(alias, offset, each) for member, offset, each in members
                            if member == real]
        return members

    def flat(self, name, base=0, inside=()):
        """The members in order, those of anonymous structs among them: Volatility
        2 would merge these itself, and shift some of them twice."""
        fields = self.structs[name]["fields"]
        for member, each in sorted(fields.items(), key=lambda item: (item[1]["offset"], item[0])):
            inner = each["type"]
            if each.get("anonymous") and inner.get("name") in self.structs \
                    and inner["name"] not in inside:
                yield from self.flat(inner["name"], base + each["offset"], inside + (name,))
            else:
                yield member, base + each["offset"], inner


def tag(name):
    """Types without a name, as Volatility 2 expects to find them."""
    return name.replace("unnamed_", "__anon_", 1) if name.startswith("unnamed_") else name


def write(document, system_map, path):
    """Writes the profile, whose name in Volatility 2 is Linux<file>x64."""
    content = {"module.dwarf": Dwarf(document).text(), "System.map": system_map.read_text()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in content.items():
            entry = zipfile.ZipInfo(name, WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text, compresslevel=9)
