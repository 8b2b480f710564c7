package main

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
)

// collector is a printer that keeps the rows of a run.
type collector struct {
	message row.Command
	found   []tracked
}

// tracked is a row that is followed from run to run.
type tracked struct {
	// key identifies it: the JSON of its key fields, and a number where a run has
	// several rows with it.
	key   string
	row   row.Row
	frame []byte
}

func (c *collector) Frame(frame []byte) error {
	r := c.message.New()
	// Frames lie in memory that is not used again: see package row.
	if err := r.Decode(frame); err != nil {
		return &format.RowError{Err: err}
	}
	c.found = append(c.found, tracked{row: r, frame: frame})
	return nil
}

func (c *collector) Flush() error                  { return nil }
func (c *collector) Unknown() (fields, rows int64) { return 0, 0 }
func (c *collector) Close(bool) error              { return nil }

// event is what became of a row.
type event int

const (
	appeared event = iota
	changed
	gone
)

func (e event) String() string { return [...]string{"appeared", "changed", "gone"}[e] }

// change is what became of one row since the run before.
type change struct {
	event event
	tracked
	// fields are the indexes of those that changed.
	fields []int
}

// tracker compares the rows of a run with those of the run before.
type tracker struct {
	json   format.JSON
	keys   []int
	fields int
	last   map[string]tracked
	order  []string
}

func newTracker(m *row.Message, keys []int) *tracker {
	return &tracker{keys: keys, fields: len(m.Fields)}
}

// next takes the rows of a run, and returns them with their keys, and what became
// of them: in their order, and then what is gone in the order that it had.
func (t *tracker) next(rows []tracked) ([]tracked, []change) {
	now := make(map[string]tracked, len(rows))
	times := make(map[string]int)
	order := make([]string, 0, len(rows))
	var changes []change
	for i := range rows {
		r := &rows[i]
		r.key = t.keyOf(r.row, times)
		now[r.key] = *r
		order = append(order, r.key)
		before, known := t.last[r.key]
		if !known {
			changes = append(changes, change{event: appeared, tracked: *r})
		} else if fields := t.compare(before, *r); len(fields) > 0 {
			changes = append(changes, change{changed, *r, fields})
		}
	}
	for _, key := range t.order {
		if _, still := now[key]; !still {
			changes = append(changes, change{event: gone, tracked: t.last[key]})
		}
	}
	t.last, t.order = now, order
	return rows, changes
}

// keyOf is a row's key. What a guest's memory holds while it changes may show a
// row twice: the second is another.
func (t *tracker) keyOf(r row.Row, times map[string]int) string {
	key := string(t.json.Fields(nil, r, t.keys))
	if times[key]++; times[key] > 1 {
		return key + "#" + strconv.Itoa(times[key])
	}
	return key
}

// compare returns the fields that are not the same.
func (t *tracker) compare(a, b tracked) []int {
	if bytes.Equal(a.frame, b.frame) {
		return nil
	}
	var differ []int
	var was, is []byte
	for i := range t.fields {
		was, is = t.json.Value(was[:0], a.row, i), t.json.Value(is[:0], b.row, i)
		if !slices.Equal(was, is) {
			differ = append(differ, i)
		}
	}
	return differ
}
