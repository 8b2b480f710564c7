package pygen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// width is where long lines are broken.
const width = 100

// literal prints a Python string, in ASCII: Python 2's holds the bytes of UTF-8.
func (v *version) literal(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			fmt.Fprintf(&b, `\%c`, r)
		case ' ' <= r && r <= '~':
			b.WriteRune(r)
		case v.number == 3 || r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, escapeFormat(r), r)
		default:
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}

func escapeFormat(r rune) string {
	switch {
	case r < 0x100:
		return `\x%02x`
	case r < 0x10000:
		return `\u%04x`
	}
	return `\U%08x`
}

// quoted prints a string of ASCII, a name, for either Python.
func quoted(s string) string { return version3.literal(s) }

// bytesLiteral prints bytes for either Python.
func bytesLiteral(s string) string {
	var b strings.Builder
	b.WriteString(`b"`)
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			fmt.Fprintf(&b, `\%c`, c)
		case ' ' <= c && c <= '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// declareCoding tells Python 2 of the encoding where there is anything but ASCII;
// the line must be the first or the second.
func declareCoding(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r > 0x7f }) {
		return text
	}
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	return slices.Concat(first, []byte("\n# -*- coding: utf-8 -*-\n"), rest)
}

// comment prints text as lines of a comment.
func comment(text string, deprecated bool) []string {
	var lines []string
	if text != "" {
		lines = strings.Split(text, "\n")
	}
	if deprecated {
		lines = append(lines, "Deprecated.")
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight("# "+printable(line), " ")
	}
	return lines
}

// printable has spaces for control characters but line feeds.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r == 0x7f) {
			return ' '
		}
		return r
	}, s)
}

// docText makes a comment fit for lines inside a docstring: nothing in it ends
// the string or is an escape.
func docText(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"""`, `\"\"\"`).Replace(s)
	return printable(s)
}

// tuple prints a tuple behind before, broken into lines where it is long.
func tuple(items []string, indent, before string) string {
	line := "(" + strings.Join(items, ", ") + ")"
	if len(items) == 1 {
		return "(" + items[0] + ",)"
	}
	if len(indent)+len(before)+len(line) <= width {
		return line
	}
	var b strings.Builder
	b.WriteString("(")
	column := width
	for _, item := range items {
		if column += len(item) + 2; column > width {
			b.WriteString("\n" + indent + "    ")
			column = len(indent) + 4 + len(item) + 1
		} else {
			b.WriteString(" ")
		}
		b.WriteString(item + ",")
	}
	b.WriteString("\n" + indent + ")")
	return b.String()
}
