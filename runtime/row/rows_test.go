package row_test

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/gen/go/pandavolint/pandavolintrow"
	"github.com/volint/volint/runtime/row"
)

type task = pandavolintrow.LinuxPslistTask

func taskNamed(name string) *task {
	m := new(task)
	m.SetName(name)
	m.SetOffset(0xffff8d4cc11fc180)
	return m
}

// tasks is a stream of so many tasks, the second of which is no message.
func tasks(names ...string) []byte {
	var b []byte
	for i, name := range names {
		if i == 1 {
			b = append(b, stream("\x08")...)
		}
		b = row.AppendFrame(b, taskNamed(name))
	}
	return b
}

func TestRows(t *testing.T) {
	input := tasks("init", "kthreadd", "sshd")
	var kept []*task
	var bad []*row.RowError
	for m, err := range row.Rows[task](row.NewReader(bytes.NewReader(input))) {
		var e *row.RowError
		switch {
		case errors.As(err, &e) && m == nil:
			bad = append(bad, e)
		case err != nil:
			t.Fatal(err)
		default:
			kept = append(kept, m)
		}
	}
	if len(kept) != 3 || kept[0].Name != "init" || kept[1].Name != "kthreadd" || kept[2].Name != "sshd" {
		t.Errorf("rows %v", kept)
	}
	first := int64(len(row.AppendFrame(nil, taskNamed("init"))))
	if len(bad) != 1 || bad[0].Frame != 2 || bad[0].Offset != first || !errors.Is(bad[0], row.ErrTruncated) {
		t.Errorf("errors %v", bad)
	}
	want := "frame 2, from byte " + strconv.FormatInt(first, 10) + " of the stream: volatility_render.linux_pslist_task, field offset, at byte 1: the message ends inside a value"
	if diff := cmp.Diff(want, bad[0].Error()); diff != "" {
		t.Error(diff)
	}
}

// TestRowsCut: rows before a cut arrive, and the cut is the last thing.
func TestRowsCut(t *testing.T) {
	input := row.AppendFrame(row.AppendFrame(nil, taskNamed("init")), taskNamed("sshd"))
	reader := row.NewReader(bytes.NewReader(input[:len(input)-1]))
	var names []string
	var errs []error
	for m, err := range row.RowsOf(reader, func() row.Row { return new(task) }) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		names = append(names, m.(*task).Name)
	}
	if diff := cmp.Diff([]string{"init"}, names); diff != "" {
		t.Error(diff)
	}
	if len(errs) != 1 || !errors.Is(errs[0], io.ErrUnexpectedEOF) {
		t.Errorf("errors %v", errs)
	}
}

// TestRowsStop: a loop that is left takes no frame that it was not given.
func TestRowsStop(t *testing.T) {
	reader := row.NewReader(bytes.NewReader(stream("", "", "")))
	for range row.Rows[task](reader) {
		break
	}
	for range row.RowsOf(reader, func() row.Row { return new(task) }) {
		break
	}
	if reader.Count() != 2 {
		t.Errorf("%d frames were read, want 2", reader.Count())
	}
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := row.NewWriter(&out)
	if err := w.Write(taskNamed("init")); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteMessage([]byte("raw")); err != nil {
		t.Fatal(err)
	}
	want := append(row.AppendFrame(nil, taskNamed("init")), stream("raw")...)
	if diff := cmp.Diff(want, out.Bytes()); diff != "" {
		t.Error(diff)
	}

	full := errors.New("disk full")
	w = row.NewWriter(&failing{left: 1, err: full})
	for i, want := range []error{nil, full, full} {
		if err := w.Write(new(task)); !errors.Is(err, want) {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
	}
}

// failing takes some writes and fails the next one; what comes after that is a
// mistake.
type failing struct {
	left int
	err  error
}

func (f *failing) Write(b []byte) (int, error) {
	f.left--
	switch {
	case f.left >= 0:
		return len(b), nil
	case f.left == -1:
		return 0, f.err
	}
	return 0, errors.New("written to after an error")
}

// TestNoAllocations holds the promise of Decode and Append.
func TestNoAllocations(t *testing.T) {
	frame := taskNamed("systemd-journal").Append(nil)
	m := new(task)
	buffer := make([]byte, 0, 1024)
	for name, f := range map[string]func(){
		"Decode": func() {
			if err := m.Decode(frame); err != nil {
				t.Fatal(err)
			}
		},
		"Append": func() { buffer = m.Append(buffer[:0]) },
		"Value": func() {
			for i := range m.Message().Fields {
				if m.Value(i).Kind() == 0 {
					t.Fatal("a field without a value")
				}
			}
		},
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// TestRowsAllocateLittle: blocks of rows and chunks of the stream, not one of
// each for a row.
func TestRowsAllocateLittle(t *testing.T) {
	var input []byte
	const count = 10_000
	for range count {
		input = row.AppendFrame(input, taskNamed("systemd-journal"))
	}
	n := testing.AllocsPerRun(5, func() {
		rows := 0
		for _, err := range row.Rows[task](row.NewReader(bytes.NewReader(input))) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		if rows != count {
			t.Fatalf("%d rows", rows)
		}
	})
	if n > count/20 {
		t.Errorf("%v allocations for %d rows", n, count)
	}
}
