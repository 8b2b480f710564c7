# Parses snippets of Python and runs none of them. A line in is "eval SOURCE" or
# "exec SOURCE"; the first line out is the major version, and then each line is
# empty or tells what is wrong. Works under Python 2.7 and 3, and imports nothing
# that is not built in: without `site`, a virtual environment of 2.7 has no more.
import sys


ONLY_AST = 0x400  # ast.PyCF_ONLY_AST

# What would make more of an expression than a value, also in an f-string, where
# only a parser sees it.
NEVER = {"Yield": "yield", "YieldFrom": "yield", "Await": "await", "NamedExpr": ":="}


def unfit(tree):
    nodes = [tree]
    for node in nodes:
        word = NEVER.get(type(node).__name__)
        if word:
            return "it has `%s`, and may only give a value" % word
        for name in node._fields or ():
            part = getattr(node, name, None)
            nodes += [n for n in (part if isinstance(part, list) else [part]) if hasattr(n, "_fields")]
    return ""


def mistake(line):
    kind, _, source = line.partition(" ")
    text = source.lstrip(" \t")
    try:
        found = unfit(compile(text, "<option>", kind, ONLY_AST, True))
        if found:
            return found
        # compile finds what a parser alone lets pass.
        compile(text, "<option>", kind, 0, True)
    except SyntaxError as e:
        if not e.offset:
            return str(e.msg)
        at = min(e.offset, len(text)) + len(source) - len(text)
        return "%s (at character %d)" % (e.msg, at)
    except Exception as e:  # nested too deeply, numbers too long
        return "%s: %s" % (type(e).__name__, e)
    return ""


def main():
    text = getattr(sys.stdin, "buffer", sys.stdin).read()
    text = str(text, "utf-8") if str is not bytes else unicode(text, "utf-8")
    answers = [mistake(line) for line in text.split("\n")[:-1]]
    answers = [" ".join(answer.split()) for answer in answers]
    if str is not bytes:  # whatever the locale, this can be written
        answers = [answer.encode("ascii", "backslashreplace").decode() for answer in answers]
    sys.stdout.write("\n".join([str(sys.version_info[0])] + answers) + "\n")


main()
