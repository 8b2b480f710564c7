package plan

import (
	"fmt"
	"regexp"
	"strings"
)

// Snippet is a piece of Python that an option holds.
type Snippet struct {
	// Version is the version of Volatility that it is for, 2 or 3.
	Version int
	Kind    SnippetKind
	Source  string

	pos  Pos
	what string
}

// SnippetKind says what a snippet must be.
type SnippetKind int

// The kinds of snippets.
const (
	Expression SnippetKind = iota
	Import
)

// ExpressionChecker parses snippets without running them. The answer has one
// entry for each snippet: "", or what is wrong with it. An answer of nil means
// that they could not be checked.
type ExpressionChecker func([]Snippet) []string

// python notes a snippet, or reports what can be told without a parser.
func (b *builder) python(kind SnippetKind, source string, pos Pos, what string) {
	if why := lint(kind, source); why != "" {
		b.badPython(kind, pos, what, why)
		return
	}
	b.snippets = append(b.snippets, Snippet{Kind: kind, Source: source, pos: pos, what: what})
}

func (d *sourceDraft) python(kind SnippetKind, source string, pos Pos, what string) {
	n := len(d.snippets)
	d.builder.python(kind, source, pos, what)
	if len(d.snippets) > n {
		d.snippets[n].Version = d.v.number
	}
}

// checkSnippets asks the checker about all snippets at once, since it starts a
// process.
func (b *builder) checkSnippets() {
	if b.opts.CheckExpressions == nil || len(b.snippets) == 0 {
		return
	}
	for i, why := range b.opts.CheckExpressions(b.snippets) {
		if why != "" && i < len(b.snippets) {
			s := b.snippets[i]
			b.badPython(s.Kind, s.pos, s.what, why)
		}
	}
}

func (b *builder) badPython(kind SnippetKind, pos Pos, what, why string) {
	hint := "write one Python expression in one line"
	if kind == Import {
		hint = importHint
	}
	b.errorf(pos, hint, "%s: %s", what, why)
}

// lint finds what would break the generated code even where a parser accepts
// it, and the commonest slips where there is no parser at hand.
func lint(kind SnippetKind, source string) string {
	var open []byte
	for i := 0; i < len(source); i++ {
		c := source[i]
		if kind == Expression {
			if why := slip(source, i, len(open) > 0); why != "" {
				return why
			}
		}
		switch {
		case c < ' ' && c != '\t' || c == 0x7f:
			return "it holds a line break or another control character"
		case c == '#':
			return "it holds a comment"
		case c == '\'' || c == '"':
			n := stringLength(source[i:])
			if n == 0 {
				return fmt.Sprintf("the string that begins at character %d does not end", i+1)
			}
			i += n - 1
		case c == '(' || c == '[' || c == '{':
			open = append(open, closing[c])
		case c == ')' || c == ']' || c == '}':
			if len(open) == 0 || open[len(open)-1] != c {
				return fmt.Sprintf("the %q at character %d closes nothing", string(c), i+1)
			}
			open = open[:len(open)-1]
		}
	}
	switch {
	case len(open) > 0:
		return fmt.Sprintf("a %q is missing", string(open[len(open)-1]))
	case blank(source):
		return "it is empty"
	}
	return ""
}

// What would make more of an expression than a value, in the function that it
// becomes part of: it could end a row, or set a variable for the next.
var (
	neverMark = regexp.MustCompile(`^(:=|;|\\)`)
	neverWord = regexp.MustCompile(`^(yield|await)\b`)
	inName    = regexp.MustCompile(`[\w.]$`)
)

// slip tells what stands at i, outside of strings, and can't be there; or "".
func slip(source string, i int, bracketed bool) string {
	before, rest := source[:i], source[i:]
	found := neverMark.FindString(rest)
	if found == "" && !inName.MatchString(before) {
		found = neverWord.FindString(rest)
	}
	switch {
	case found != "":
		return fmt.Sprintf("it has `%s` at character %d, and may only give a value", found, i+1)
	case rest[0] == ',' && !bracketed:
		return fmt.Sprintf("the comma at character %d is not in brackets", i+1)
	case rest[0] == '=' && !bracketed && assigns(before, rest):
		return fmt.Sprintf("the `=` at character %d compares nothing", i+1)
	}
	return ""
}

// assigns reports whether the = that rest begins with is neither part of a
// comparison nor a default of a lambda.
func assigns(before, rest string) bool {
	compares := strings.HasPrefix(rest, "==") || before != "" && strings.Contains("=!<>", before[len(before)-1:])
	return !compares && !strings.Contains(before, "lambda")
}

var closing = map[byte]byte{'(': ')', '[': ']', '{': '}'}

// stringLength is the length of the Python string literal at the start of s, or
// 0 where it does not end.
func stringLength(s string) int {
	quote := s[:1]
	if len(s) >= 3 && s[1] == s[0] && s[2] == s[0] {
		quote = s[:3]
	}
	for i := len(quote); i+len(quote) <= len(s); i++ {
		switch {
		case s[i] < ' ' && s[i] != '\t':
			return 0
		case s[i] == '\\':
			i++
		case s[i:i+len(quote)] == quote:
			return i + len(quote)
		}
	}
	return 0
}

func blank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\t' {
			return false
		}
	}
	return true
}
