package schemaimport

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/volint/volint/runtime/session"
)

// absences are the kinds of absence, and when there is one; of the last Volatility does not say.
var absences = []struct{ name, when string }{
	{"not-applicable", "it has no meaning for the row"},
	{"not-available", "it could not be had"},
	{"unreadable", "the memory can't be read"},
	{"unparsable", "the memory makes no sense"},
	{"unknown", ""},
}

// systems are the families as people write them.
var systems = map[string]string{
	"linux": "for memory of Linux", "mac": "for memory of macOS", "windows": "for memory of Windows",
	"generic": "for memory of any system",
}

// fileDoc is the comment at the head of a subject's file.
func fileDoc(s *subject, family string) string {
	version := session.Volatility3
	if s.three == nil {
		version = session.Volatility2
	}
	return wrap(fmt.Sprintf("The tables of Volatility %d's plugins %s: a message each, as `volint schema import` makes them.", version, systems[family]), widthOutside)
}

// messageDoc is the comment above a subject's message.
func messageDoc(data *knowledge, s *subject, bare bool) string {
	var parts []string
	if doc := shows(data, s, bare); doc != "" {
		parts = append(parts, wrap(doc, widthOutside))
	}
	parts = append(parts, wrap(madeBy(s), widthOutside))
	for _, p := range []*plugin{s.three, s.two} {
		if p != nil {
			for _, title := range p.twice {
				parts = append(parts, wrap(fmt.Sprintf("Volatility %d has a second column %q, which can't be told from the first.", p.version, title), widthOutside))
			}
			if p.unnamed > 0 {
				parts = append(parts, wrap(fmt.Sprintf("Volatility %d has columns without a letter or digit in their titles, which have no field.", p.version), widthOutside))
			}
		}
	}
	return strings.Join(parts, "\n\n")
}

// shows says what a subject's rows are: in the data's words, else in a plugin's own.
func shows(data *knowledge, s *subject, bare bool) string {
	for _, name := range s.plugins() {
		if doc := data.plugins[name]; doc != "" {
			return doc
		}
	}
	for _, p := range []*plugin{s.three, s.two} {
		if p != nil && !bare && sentence(p.doc) != "" {
			return sentence(p.doc)
		}
	}
	return ""
}

// madeBy tells which plugins a message's rows come from.
func madeBy(s *subject) string {
	var by []string
	for _, p := range []*plugin{s.three, s.two} {
		if p == nil {
			continue
		}
		what := fmt.Sprintf("Volatility %d's %s", p.version, p.name)
		if p.until != "" {
			what += " (up to " + p.until + ")"
		}
		by = append(by, what)
	}
	doc := "The table of " + strings.Join(by, ", and of ") + "."
	if s.two != nil && s.two.rows != "" {
		return strings.Replace(doc, "table of Volatility 2's", "rows of Volatility 2's", 1)
	}
	return doc
}

// fieldDoc is the comment above a column's field.
func fieldDoc(t term, c cell) string {
	doc := t.doc
	if doc == "" {
		doc = fmt.Sprintf("The column %q.", clean(c.title()))
	}
	doc += absent(c.absent())
	if until := c.until(); until != "" {
		doc += " There up to release " + clean(until) + "."
	}
	if c.three != nil && c.three.Sometimes || c.two != nil && c.two.Sometimes {
		doc += " There with some options only."
	}
	return wrapField(doc)
}

// absent says when a value is not there.
func absent(kinds []string) string {
	var when []string
	for _, kind := range absences {
		if contains(kinds, kind.name) && kind.when != "" {
			when = append(when, kind.when)
		}
	}
	switch {
	case len(kinds) == 0:
		return ""
	case len(when) == 0:
		return " May be absent."
	case len(when) < len(kinds):
		return " Absent where " + strings.Join(when, ", or ") + ", or for no reason given."
	}
	return " Absent where " + strings.Join(when, ", or ") + "."
}

// Comments end at the 79th column.
const (
	widthOutside = 76
	widthInside  = 74
)

func wrapField(doc string) string { return wrap(doc, widthInside) }

// wrap breaks text into lines of so many characters, where a word allows it.
func wrap(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n")
}

// sentence is the first paragraph of what a plugin says, as one line that ends like a
// sentence.
func sentence(doc string) string {
	var lines []string
	for _, line := range strings.Split(strings.TrimSpace(doc), "\n") {
		if line = strings.TrimSpace(clean(line)); line == "" {
			break
		}
		lines = append(lines, line)
	}
	text := strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:") {
		return text
	}
	return text + "."
}

// clean is text from a plugin without what could end or disturb a comment.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) && r != ' ' {
			return ' '
		}
		return r
	}, text)
}
