package protofile

import (
	"fmt"
	"slices"
	"strings"
)

// editor collects changes of a text, which are made all at once.
type editor struct {
	text  string
	edits []edit
	// shifted are the parts whose lines, but for the first, move to the right.
	shifted []span
}

// edit puts a text in the place of another. Of edits that insert at one place the
// first comes first.
type edit struct {
	span
	text string
}

const unit = "  " // what one level is indented by

func (e *editor) replace(s span, text string) { e.edits = append(e.edits, edit{s, text}) }
func (e *editor) insert(at int, text string)  { e.replace(span{at, at}, text) }

// apply returns the text with all changes. Two that overlap are an error: neither
// could be trusted.
func (e *editor) apply() (string, error) {
	for _, s := range e.shifted {
		e.shift(s)
	}
	edits := slices.Clone(e.edits)
	slices.SortStableFunc(edits, func(a, b edit) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return a.to - b.to // what inserts comes before what replaces
	})
	newline := "\n"
	if i := strings.IndexByte(e.text, '\n'); i > 0 && e.text[i-1] == '\r' {
		newline = "\r\n"
	}
	var b strings.Builder
	at := 0
	for _, x := range edits {
		if x.from < at || x.to > len(e.text) {
			return "", fmt.Errorf("two changes overlap at byte %d", x.from)
		}
		b.WriteString(e.text[at:x.from])
		b.WriteString(strings.ReplaceAll(x.text, "\n", newline))
		at = x.to
	}
	b.WriteString(e.text[at:])
	return b.String(), nil
}

// shift moves the lines within a part, but for its first, to the right.
func (e *editor) shift(s span) {
	for i := s.from; i < s.to; i++ {
		if e.text[i] == '\n' && i+1 < s.to && e.text[i+1] != '\n' && e.text[i+1] != '\r' {
			e.insert(i+1, unit)
		}
	}
}

// lineStart is where the line of a place begins.
func (e *editor) lineStart(at int) int { return strings.LastIndexByte(e.text[:at], '\n') + 1 }

// indent is the white space at the start of a place's line.
func (e *editor) indent(at int) string {
	from := e.lineStart(at)
	line := e.text[from:at]
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	for _, s := range e.shifted {
		if s.from < from && at <= s.to {
			indent += unit
		}
	}
	return indent
}

// startsLine says that nothing but white space stands before a place in its line.
func (e *editor) startsLine(at int) bool {
	return strings.TrimLeft(e.text[e.lineStart(at):at], " \t") == ""
}

// afterLine is the place behind what belongs to a node that ends at a place: a comment
// that begins in the same line.
func (e *editor) afterLine(at int) int {
	for {
		rest := e.text[at:]
		blank := len(rest) - len(strings.TrimLeft(rest, " \t"))
		rest = rest[blank:]
		switch {
		case strings.HasPrefix(rest, "//"):
			return at + blank + len(strings.TrimRight(line(rest), "\r"))
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				return at
			}
			at += blank + end + len("*/")
		default:
			return at
		}
	}
}

// line is the text up to the line's end.
func line(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// endsLine says that nothing but white space follows in the line.
func (e *editor) endsLine(at int) bool {
	return strings.TrimSpace(line(e.text[at:])) == ""
}

// lines are a piece of a .proto, line by line, indented from its own left edge.
type lines []string

// indented are the lines as text without a newline at the end, indented but for the
// first.
func (l lines) indented(by string) string {
	var b strings.Builder
	for i, s := range l {
		if i > 0 {
			b.WriteByte('\n')
			if s != "" {
				b.WriteString(by)
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

// deeper are the lines, one level further in.
func (l lines) deeper() lines {
	out := make(lines, len(l))
	for i, s := range l {
		if s != "" {
			s = unit + s
		}
		out[i] = s
	}
	return out
}

// joined are the lines in one.
func (l lines) joined() string {
	words := make([]string, len(l))
	for i, s := range l {
		words[i] = strings.TrimSpace(s)
	}
	return strings.Join(words, " ")
}
