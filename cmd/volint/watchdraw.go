package main

import (
	"strings"

	text "github.com/volint/volint/internal/term"
)

// The attributes of what is drawn: no colours, which not everybody sees.
const (
	plain   = ""
	bold    = "1"
	faint   = "2"
	reverse = "7"
)

// line draws a row, with attributes, into a width.
func (l *live) line(r *liveRow, width int) string {
	style := plain
	switch r.mark {
	case '+':
		style = bold
	case '-':
		style = faint
	}
	d := &drawing{left: width}
	d.add(string(r.mark)+" ", style)
	for i, c := range r.cells {
		space := strings.Repeat(" ", max(0, l.widths[i]-text.Width(c)))
		if l.columns[i].Right {
			d.add(space, plain)
		}
		if r.fields[i] {
			d.add(c, reverse)
		} else {
			d.add(c, style)
		}
		if !l.columns[i].Right {
			d.add(space, plain)
		}
		d.add("  ", plain)
	}
	return strings.TrimRight(d.String(), " ")
}

// drawing is a line that ends at the edge of the screen.
type drawing struct {
	strings.Builder
	left int
}

func (d *drawing) add(s, style string) {
	s = text.Cut(s, d.left)
	d.left -= text.Width(s)
	if s == "" || style == plain {
		d.WriteString(s)
		return
	}
	d.WriteString("\x1b[" + style + "m" + s + "\x1b[0m")
}
