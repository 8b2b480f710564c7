package cgen

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// comment makes a C comment of paragraphs, with its newline, or "" of none.
func comment(indent string, paragraphs ...string) string {
	var lines []string
	for _, p := range paragraphs {
		if strings.TrimSpace(p) == "" {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		for _, line := range strings.Split(p, "\n") {
			lines = append(lines, strings.TrimRight(inComment(plain(line)), " \t"))
		}
	}
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return indent + "/* " + strings.TrimSpace(lines[0]) + " */\n"
	}
	var b strings.Builder
	for i, line := range lines {
		mark := " *"
		if i == 0 {
			mark = "/*"
		}
		if line != "" && !strings.HasPrefix(line, " ") {
			mark += " "
		}
		b.WriteString(indent + mark + line + "\n")
	}
	b.WriteString(indent + " */\n")
	return b.String()
}

// inComment takes a line the power to end the comment, to begin another, which
// compilers warn of, and to make a trigraph. Each pair of characters counts: of
// `/*/` both do harm.
func inComment(line string) string {
	var b strings.Builder
	for i := range len(line) {
		if i > 0 {
			switch line[i-1 : i+1] {
			case "*/", "/*", "??":
				b.WriteByte(' ')
			}
		}
		b.WriteByte(line[i])
	}
	return b.String()
}

// plain is a line without control characters, and without those that would show
// a reader something else than the compiler sees.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, s)
}

// deprecation is the paragraph that says so.
func deprecation(is bool) string {
	if !is {
		return ""
	}
	return "Deprecated."
}

// quote is a C string literal. What is not plain ASCII, and the question mark
// of trigraphs, is written as three octal digits, which can't run into what
// follows as hexadecimal ones would.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~' || c == '?':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// int32Literal is a number as C takes it: the lowest one has no literal of its
// own.
func int32Literal(n int32) string {
	if n == math.MinInt32 {
		return "INT32_MIN"
	}
	return fmt.Sprint(n)
}

func int64Literal(n int64) string {
	if n == math.MinInt64 {
		return "INT64_MIN"
	}
	return fmt.Sprintf("INT64_C(%d)", n)
}

// realLiteral is a float or a double, given as the bits of a double, which C reads
// back as it is.
func realLiteral(bits uint64, single bool) string {
	v := math.Float64frombits(bits)
	switch {
	case math.IsNaN(v):
		return "NAN"
	case math.IsInf(v, 1):
		return "INFINITY"
	case math.IsInf(v, -1):
		return "-INFINITY"
	}
	size, suffix := 64, ""
	if single {
		size, suffix = 32, "f"
	}
	s := strconv.FormatFloat(v, 'g', -1, size)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s + suffix
}

// needsMath reports whether a field's default is a macro of <math.h>.
func needsMath(f *plan.Field) bool {
	v := math.Float64frombits(f.Default.Bits)
	return (f.Kind == plan.Float || f.Kind == plan.Double) && (math.IsNaN(v) || math.IsInf(v, 0))
}
