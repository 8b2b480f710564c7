package pygen

import (
	"fmt"
	"maps"
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

// docText makes a comment fit for lines inside a docstring: nothing in it ends
// the string or is an escape.
func docText(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"""`, `\"\"\"`).Replace(s)
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r == 0x7f) {
			return ' '
		}
		return r
	}, s)
}

// targets prints the left side of an assignment that unpacks a row, broken into
// lines where it is long.
func targets(names []string, indent string) string {
	line := strings.Join(names, ", ")
	if len(names) > 1 && len(indent)+len(line)+len(" = puts") <= width {
		return line
	}
	if len(names) == 1 {
		return "(" + line + ",)"
	}
	var b strings.Builder
	b.WriteString("(")
	column := width
	for _, name := range names {
		if column += len(name) + 2; column > width {
			b.WriteString("\n" + indent + "    ")
			column = len(indent) + 4 + len(name) + 1
		} else {
			b.WriteString(" ")
		}
		b.WriteString(name + ",")
	}
	b.WriteString("\n" + indent + ")")
	return b.String()
}

// joinSorted lists names for an import.
func joinSorted(names map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}
