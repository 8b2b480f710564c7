package format

import (
	"bufio"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
)

// Rows are held back until there are holdRows of them or the first has waited
// for holdTime, so that the columns fit; a person who watches a slow command
// still sees it go on.
const (
	holdRows = 256
	holdTime = time.Second
)

// table prints rows for people. The timer's goroutine and the caller's share it.
type table struct {
	fields []row.Field
	cells  cells

	mu    sync.Mutex
	w     *bufio.Writer
	grid  *Grid
	timer *time.Timer
	err   error // what the timer met
}

func newTable(w io.Writer, m *row.Message) *table {
	columns := make([]Column, len(m.Fields))
	for i := range m.Fields {
		f := &m.Fields[i]
		columns[i] = Column{Title: strings.ToUpper(term.Escape(f.Name)), Right: numeric(f)}
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	return &table{fields: m.Fields, cells: newCells(tableTime), w: buffered, grid: NewGrid(buffered, columns)}
}

func (t *table) row(r row.Row) error {
	cells := make([]string, len(t.fields))
	for i := range t.fields {
		cells[i] = "-"
		if v := r.Value(i); v.Present() {
			cells[i] = edges(t.cells.text(&t.fields[i], v))
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	if err := t.grid.Line(cells); err != nil {
		return err
	}
	switch t.grid.Held() {
	case 1:
		t.timer = time.AfterFunc(holdTime, t.expire)
	case holdRows:
		return t.grid.Release()
	}
	return nil
}

// expire prints what was held back for long enough.
func (t *table) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.grid.Release(); err != nil {
		t.err = err
		return
	}
	t.err = t.w.Flush()
}

func (t *table) flush() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	return t.w.Flush()
}

func (t *table) close(ok bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.err != nil {
		return t.err
	}
	if ok || t.grid.Held() > 0 {
		if err := t.grid.Release(); err != nil {
			return err
		}
	}
	return t.w.Flush()
}

// edges escapes the spaces at both ends of a cell, which nobody would see.
func edges(s string) string {
	inner := strings.Trim(s, " ")
	if len(inner) == len(s) {
		return s
	}
	before := len(s) - len(strings.TrimLeft(s, " "))
	if inner == "" {
		before = len(s)
	}
	return strings.Repeat(space, before) + inner + strings.Repeat(space, len(s)-before-len(inner))
}

// space is U+0020 as term.Escape would write it.
const space = `\x20`
