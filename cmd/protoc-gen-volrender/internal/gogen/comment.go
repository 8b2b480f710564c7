package gogen

import (
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"
)

// doc makes comment lines of paragraphs; empty ones are left out.
func doc(paragraphs ...string) []jen.Code {
	var comments []jen.Code
	for _, line := range docLines(paragraphs...) {
		comments = append(comments, jen.Comment(line))
	}
	return comments
}

// docLines are the lines of doc.
func docLines(paragraphs ...string) []string {
	var lines []string
	for _, p := range paragraphs {
		if strings.TrimSpace(p) == "" {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "//")
		}
		for _, line := range strings.Split(p, "\n") {
			lines = append(lines, strings.TrimRight("// "+noConstraint(plain(line)), " \t"))
		}
	}
	return lines
}

// comment prints paragraphs above what comes next.
func comment(out *jen.File, paragraphs ...string) {
	for _, line := range doc(paragraphs...) {
		out.Add(line)
	}
}

// plain is a line without the characters that a Go file can't have, or that
// would show a reader something else than the compiler sees.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, s)
}

// noConstraint quotes what gofmt would take for a build constraint, and move to
// the top of the file.
func noConstraint(line string) string {
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "+build"); ok {
		return "'+build'" + rest
	}
	return line
}

// deprecated is the paragraph by which Go tools know that something is.
func deprecated(is bool, file string) string {
	if !is {
		return ""
	}
	return "Deprecated: marked as deprecated in " + file + "."
}

// firstParagraph is a comment's first paragraph in one line.
func firstParagraph(doc string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(doc), "\n\n")
	return strings.Join(strings.Fields(plain(strings.ReplaceAll(first, "\n", " "))), " ")
}
