# Parses snippets of Python and runs none of them. A line in is "eval SOURCE" or
# "exec SOURCE"; the first line out is the major version, and then each line is
# empty or tells what is wrong. Works under Python 2.7 and 3, and imports nothing
# that is not built in: without `site`, a virtual environment of 2.7 has no more.
import sys


def mistake(line):
    kind, _, source = line.partition(" ")
    text = source.lstrip(" \t")
    try:
        # compile finds what a parser alone lets pass: a yield, an await.
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
