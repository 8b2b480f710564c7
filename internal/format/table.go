package format

import (
	"bufio"
	"io"
	"sync"
	"time"

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
	cells *Cells

	mu    sync.Mutex
	w     *bufio.Writer
	grid  *Grid
	timer *time.Timer
	err   error // what the timer met
}

func newTable(w io.Writer, m *row.Message) *table {
	buffered := bufio.NewWriterSize(w, 64<<10)
	cells := NewCells(m)
	return &table{cells: cells, w: buffered, grid: NewGrid(buffered, cells.Columns())}
}

func (t *table) row(r row.Row) error {
	cells := t.cells.Of(r)
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
