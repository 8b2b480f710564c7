package format

import (
	"errors"
	"strings"
	"testing"

	"github.com/volint/volint/runtime/row"
)

// pidRow has one number.
type pidRow struct {
	row.Row
	pid uint64
}

func (r pidRow) Value(int) row.Value { return row.UintValue(true, r.pid) }

var pidMessage = &row.Message{Fields: []row.Field{{Name: "pid", Kind: row.Uint}}}

// Rows wait for others, so that the columns fit, but not for ever.
func TestTableHolds(t *testing.T) {
	var out strings.Builder
	table := newTable(&out, pidMessage)
	for _, pid := range []uint64{1, 10} {
		if err := errors.Join(table.row(pidRow{pid: pid}), table.flush()); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() != 0 {
		t.Errorf("at once: %q", out.String())
	}
	table.expire() // as the timer does
	if want := "PID\n  1\n 10\n"; out.String() != want {
		t.Errorf("after the time: %q, want %q", out.String(), want)
	}
	if err := errors.Join(table.row(pidRow{pid: 12345}), table.flush()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), "\n12345\n") {
		t.Errorf("a later row: %q", out.String())
	}
}

func TestTableHoldsNoMoreThan(t *testing.T) {
	var out strings.Builder
	table := newTable(&out, pidMessage)
	for pid := range uint64(holdRows) {
		if err := table.row(pidRow{pid: pid}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(table.flush(), table.close(true)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != holdRows+1 {
		t.Errorf("%d lines, want %d", got, holdRows+1)
	}
}

// What the timer meets is told by the next call.
func TestTableTellsTheTimersError(t *testing.T) {
	table := newTable(broken{}, pidMessage)
	if err := table.row(pidRow{}); err != nil {
		t.Fatal(err)
	}
	table.expire()
	for name, err := range map[string]error{"row": table.row(pidRow{}), "flush": table.flush(), "close": table.close(true)} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v, want %v", name, err, errBroken)
		}
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
