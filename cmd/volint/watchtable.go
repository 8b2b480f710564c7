package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/volint/volint/internal/format"
	text "github.com/volint/volint/internal/term"
)

// moment is how long a change stays marked.
const moment = 3 * time.Second

// mostNotes is how many lines of what was said stay below the table.
const mostNotes = 3

// live is the view of people: a table that is drawn in place.
type live struct {
	screen  *os.File
	out     io.Writer
	title   string
	every   time.Duration
	cells   *format.Cells
	columns []format.Column
	widths  []int

	last  *finding
	lines []*liveRow // in the order in which they are shown
	marks map[string]*liveRow
	notes []string
	drawn int // lines on the screen
	width int // of the screen when they were drawn
}

// liveRow is a row on the screen.
type liveRow struct {
	key    string
	cells  []string
	mark   byte // + ~ - or a space
	since  time.Time
	fields map[int]bool // that changed
}

func newLive(screen *os.File, out io.Writer, t task, every time.Duration) *live {
	l := &live{screen: screen, out: out, title: t.title(), every: every, cells: format.NewCells(t.command.Message), marks: map[string]*liveRow{}}
	l.columns = l.cells.Columns()
	for _, c := range l.columns {
		l.widths = append(l.widths, text.Width(c.Title))
	}
	return l
}

func (l *live) say(mark, format string, args ...any) {
	l.notes = append(l.notes, text.Escape(mark+": "+fmt.Sprintf(format, args...)))
	l.notes = l.notes[max(0, len(l.notes)-mostNotes):]
	// What is said before the first table waits for it.
	if l.last != nil {
		_ = l.redraw()
	}
}

// failed shows the newest failure of a kind alone: a guest that boots has many.
func (l *live) failed(at time.Time, err error) error {
	message, _ := explain(err)
	same := text.Escape(" " + message)
	l.notes = slices.DeleteFunc(l.notes, func(note string) bool {
		return strings.HasPrefix(note, "error: ") && strings.HasSuffix(note, same)
	})
	l.say("error", "%s %s", at.Format(time.TimeOnly), message)
	return l.redraw()
}

// expired is when the first mark is over.
func (l *live) expired() <-chan time.Time {
	var first time.Time
	for _, r := range l.marks {
		if first.IsZero() || r.since.Before(first) {
			first = r.since
		}
	}
	if first.IsZero() {
		return nil
	}
	return time.After(time.Until(first.Add(moment)))
}

func (l *live) show(f *finding) error {
	// What is there at the start did not just come.
	if l.last != nil {
		l.mark(f)
	}
	l.last = f
	l.arrange(f)
	return l.redraw()
}

// mark notes what changed in this run.
func (l *live) mark(f *finding) {
	for _, c := range f.changes {
		r := &liveRow{key: c.key, mark: "+~-"[c.event], since: f.at.Add(f.took), fields: map[int]bool{}}
		for _, i := range c.fields {
			r.fields[i] = true
		}
		if c.event == gone {
			r.cells = l.cells.Of(c.row)
		}
		l.marks[c.key] = r
	}
}

// arrange puts the rows in the order of the run, and what is gone where it was:
// behind the row that it stood behind.
func (l *live) arrange(f *finding) {
	there := make(map[string]bool, len(f.rows))
	for _, r := range f.rows {
		there[r.key] = true
	}
	behind := map[string][]*liveRow{}
	anchor := ""
	for _, r := range l.lines {
		if there[r.key] {
			anchor = r.key
		} else if m := l.marks[r.key]; m != nil && m.mark == '-' {
			behind[anchor] = append(behind[anchor], m)
		}
	}
	lines := append([]*liveRow{}, behind[""]...)
	for _, r := range f.rows {
		line := l.marks[r.key]
		if line == nil {
			line = &liveRow{key: r.key, mark: ' '}
		}
		line.cells = l.cells.Of(r.row)
		lines = append(append(lines, line), behind[r.key]...)
	}
	l.lines = lines
}

// expire ends the marks that have stood for a moment.
func (l *live) expire(now time.Time) {
	kept := l.lines[:0]
	for _, r := range l.lines {
		if r.mark != ' ' && now.Sub(r.since) >= moment {
			delete(l.marks, r.key)
			if r.mark == '-' {
				continue
			}
			r.mark, r.fields = ' ', nil
		}
		kept = append(kept, r)
	}
	l.lines = kept
}

// redraw draws the table over the one that is there, in one piece.
func (l *live) redraw() error {
	width, height, err := term.GetSize(int(l.screen.Fd()))
	if err != nil || width < 2 || height < 2 {
		width, height = 80, 24
	}
	l.expire(time.Now())
	var b strings.Builder
	switch {
	case l.drawn > 0 && l.width != width:
		// The terminal broke the lines anew, nobody knows where.
		b.WriteString("\x1b[H\x1b[2J")
	case l.drawn > 0:
		fmt.Fprintf(&b, "\x1b[%dA\r", l.drawn)
	}
	lines := l.compose(width, height-1)
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	l.drawn, l.width = len(lines), width
	_, err = io.WriteString(l.out, b.String())
	return err
}

// compose makes the lines that fit.
func (l *live) compose(width, height int) []string {
	if l.last == nil {
		return cutAll(l.notes, width)
	}
	lines := []string{text.Cut(text.Escape(l.status()), width)}
	room := max(0, height-2-len(l.notes))
	shown := l.lines
	if len(shown) > room {
		room = max(0, room-1)
		shown = marksFirst(l.lines, room)
	}
	for _, r := range shown {
		for i, c := range r.cells {
			l.widths[i] = max(l.widths[i], text.Width(c))
		}
	}
	titles := &liveRow{mark: ' '}
	for _, c := range l.columns {
		titles.cells = append(titles.cells, c.Title)
	}
	lines = append(lines, l.line(titles, width))
	for _, r := range shown {
		lines = append(lines, l.line(r, width))
	}
	if left := len(l.lines) - len(shown); left > 0 {
		lines = append(lines, text.Cut("  and "+quantity(int64(left), "more row"), width))
	}
	return append(lines, cutAll(l.notes, width)...)
}

// marksFirst are the rows that are shown where not all can be: those that are marked,
// before the others.
func marksFirst(rows []*liveRow, room int) []*liveRow {
	var marked, others []*liveRow
	for _, r := range rows {
		if r.mark != ' ' {
			marked = append(marked, r)
		} else {
			others = append(others, r)
		}
	}
	return append(marked, others...)[:room]
}

func cutAll(lines []string, width int) []string {
	var cut []string
	for _, line := range lines {
		cut = append(cut, text.Cut(line, width))
	}
	return cut
}

// status is the line on top.
func (l *live) status() string {
	count := map[event]int{}
	for _, c := range l.last.changes {
		count[c.event]++
	}
	status := fmt.Sprintf("%s  every %v  run %d  %s  %s  %.2f s", l.title, l.every, l.last.number, l.last.at.Format(time.TimeOnly), quantity(int64(len(l.last.rows)), "row"), l.last.took.Seconds())
	if l.last.number > 1 {
		status += fmt.Sprintf("  +%d ~%d -%d", count[appeared], count[changed], count[gone])
	}
	return status
}
