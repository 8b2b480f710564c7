#!/usr/bin/env python3
"""Makes schemas as large as one likes, shaped as those of Volatility's own plugins.

    python3 bench/generator/schemas.py COUNT FOLDER

writes COUNT messages, in files by version and family, into FOLDER. The same count makes
the same text. A file has 250 messages at most; those of one version are one package, and
one Go package.
"""

import pathlib
import re
import sys

from words import ASPECTS, COLUMNS, FAMILIES, OPTIONS, SUBJECTS

MODULE = "example.com/bench"
GO = MODULE + "/gen/go"
MOST = 250
FIELDS = 14
# One message in so many takes its rows from an expression, as panda_vol_int.proto's does.
EXPRESSIONS = 100


class Dice:
    """Numbers that look random and are always the same ones."""

    def __init__(self, seed):
        self.state = seed

    def roll(self, sides):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % sides

    def some(self, items, count):
        """So many of the items, in their order."""
        left = list(range(len(items)))
        while len(left) > count:
            del left[self.roll(len(left))]
        return [items[i] for i in left]


def shares(count):
    """(version, family, how many messages) of each family, count in all."""
    given = [(version, family, max(1, count * share // 100)) for version, family, share in FAMILIES]
    version, family, first = given[0]
    return [(version, family, first + count - sum(number for *_, number in given)), *given[1:]]


def files(count):
    """(path, text) of each file."""
    for version, family, number in shares(count):
        for first in range(0, number, MOST):
            part = f"_{first // MOST + 1}" if first else ""
            path = f"bench/{version}/v1/{family}{part}.proto"
            yield path, "".join(file(version, family, range(first, min(first + MOST, number))))


def file(version, family, numbers):
    yield f"// Tables of {family}.\n"
    yield 'syntax = "proto3";\n\n'
    yield f"package bench.{version}.v1;\n\n"
    for imported in ("google/protobuf/timestamp.proto", "volint/volrender/v1/absence.proto",
                     "volint/volrender/v1/options.proto"):
        yield f'import "{imported}";\n'
    yield f'\noption go_package = "{GO}/{version}/v1;{version}v1";\n'
    for number in numbers:
        yield from message(version, family, number)


def message(version, family, number):
    """The lines of a message: a name, a comment, options, fields."""
    dice = Dice(hash_of(f"{version} {family} {number}"))
    subject, aspect = SUBJECTS[number % len(SUBJECTS)], ASPECTS[number // len(SUBJECTS) % len(ASPECTS)]
    serial = number // (len(SUBJECTS) * len(ASPECTS))
    module = subject + aspect + (str(serial) if serial else "")
    expression = dice.roll(EXPRESSIONS) == 0
    yield f"\n// The {subject}s of the {family} guest, as its {aspect} has them: one row each, in the\n"
    yield f"// order in which the plugin finds them.\nmessage {family.capitalize()}{module.capitalize()} {{\n"
    yield f"  option (volint.volrender.v1.command) = {{\n{command(version, family, module, dice, expression)}  }};\n"
    columns = dice.some(COLUMNS, 6 + dice.roll(2 * (FIELDS - 6) + 1))
    companion = snake(columns[0][0]) + "_absence" if dice.roll(4) == 0 else ""
    for at, column in enumerate(columns):
        yield field(version, at + 1, column, expression, companion if at == 0 else "")
    if dice.roll(8) == 0 and not expression:
        columns.append(None)
        yield field_text(len(columns), "tree_depth", "uint32", "How deep the row lies in the tree.", "tree_depth: true")
    if companion:
        yield field_text(len(columns) + 1, companion, "volint.volrender.v1.Absence", "Why the first is not there.", "")
    yield "}\n"


def hash_of(text):
    """A number for a text, the same in every process."""
    number = 14695981039346656037
    for byte in text.encode():
        number = (number ^ byte) * 1099511628211 % 2**64
    return number


def command(version, family, module, dice, expression):
    """The message's option: one version has the plugin, the other mostly has not."""
    other = {"volatility3": "volatility2", "volatility2": "volatility3"}[version]
    name = f"{family}.{module}" if version == "volatility3" else f"{family}_{module}"
    plugin = f"{name}.{module.capitalize()}" if version == "volatility3" else name
    lines = [f'name: "{name}"', f"{other}: {{none: true}}", f"{version}: {{", f'  plugin: "{plugin}"']
    if expression:
        lines += ['  rows: "[row for row in self.rows()]"', '  row: "row"']
    if version == "volatility3" and dice.roll(8) == 0:
        lines.append(f'  aliases: "{family}.old.{module.capitalize()}"')
    for option, kind, several, doc in dice.some(OPTIONS, dice.roll(4)):
        more = " list: true" if several else ""
        lines.append(f'  options: {{name: "{option}" type: OPTION_TYPE_{kind}{more} doc: "{doc}"}}')
    return "".join(f"    {line}\n" for line in [*lines, "}"])


def field(version, number, column, expression, companion):
    title, kind, doc, option = column
    name = snake(title)
    parts = [option] if option else []
    if companion:
        parts.append(f'absence: "{companion}"')
    if expression:
        parts.append(f'{version}: {{expression: "row.{name}"}}')
    elif name != title.lower():
        parts.append(f'{version}: {{column: "{title}"}}')
    return field_text(number, name, kind, doc, " ".join(parts))


def field_text(number, name, kind, doc, option):
    told = f" [(volint.volrender.v1.field) = {{{option}}}]" if option else ""
    return f"\n  // {doc}\n  optional {kind} {name} = {number}{told};\n"


def snake(title):
    """StartTime and Offset(V) as a field is called."""
    words = re.findall("[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", title)
    return "_".join(words).lower()


def write(count, folder):
    """Writes the files and returns their paths, relative to the folder."""
    paths = []
    for path, text in files(count):
        target = pathlib.Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        paths.append(path)
    return paths


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write(int(sys.argv[1]), sys.argv[2])
