// Package format prints rows: as a table for people, as JSON lines or CSV for
// other programs, as the frames that they came in. docs/formats.md has the exact
// rules of each format, for users.
package format

import (
	"fmt"
	"io"
	"strings"

	"github.com/volint/volint/runtime/row"
)

// Names are the formats, the default one first.
func Names() []string { return []string{"table", "jsonl", "csv", "frames"} }

// Printer prints the rows of one command. It may hold rows back, in a buffer or
// to find out how wide a table's columns are.
type Printer interface {
	// Frame prints one row. A *RowError means that this row could not be decoded
	// and that printing can go on; any other error is the writer's.
	Frame(frame []byte) error
	// Flush writes what is ready to be seen. Call it before waiting for input.
	Flush() error
	// Unknown returns how many fields the schema did not have of those that were
	// printed, and how many rows had such. Frames that are passed on are not looked
	// into and have none.
	Unknown() (fields, rows int64)
	// Close writes everything that is held back. With ok, which says that the
	// rows are all there, even a table without rows shows its titles. It does not
	// close the writer.
	Close(ok bool) error
}

// RowError is a row whose content can't be decoded.
type RowError struct{ Err error }

func (e *RowError) Error() string { return e.Err.Error() }

// Unwrap returns the decoder's error.
func (e *RowError) Unwrap() error { return e.Err }

// New returns a printer of the command's rows, in one of Names.
func New(name string, w io.Writer, cmd row.Command) (Printer, error) {
	switch name {
	case "table":
		return decoding(cmd, newTable(w, cmd.Message)), nil
	case "jsonl":
		return decoding(cmd, newJSONL(w)), nil
	case "csv":
		return decoding(cmd, newCSV(w, cmd.Message)), nil
	case "frames":
		return newFrames(w), nil
	}
	return nil, fmt.Errorf("unknown format %q: choose one of %s", name, strings.Join(Names(), ", "))
}

// rows is what a format has to do once a frame is decoded.
type rows interface {
	row(r row.Row) error
	flush() error
	close(ok bool) error
}

// decoder is the Printer of a format that needs rows. It decodes every frame
// into the same row.
type decoder struct {
	into             row.Row
	out              rows
	unknown, strange int64 // fields that are not known, and rows that have some
}

func decoding(cmd row.Command, out rows) Printer { return &decoder{into: cmd.New(), out: out} }

func (d *decoder) Frame(frame []byte) error {
	if err := d.into.Decode(frame); err != nil {
		return &RowError{err}
	}
	if n := d.into.UnknownFields(); n > 0 {
		d.unknown += int64(n)
		d.strange++
	}
	return d.out.row(d.into)
}

func (d *decoder) Unknown() (fields, rows int64) { return d.unknown, d.strange }

func (d *decoder) Flush() error        { return d.out.flush() }
func (d *decoder) Close(ok bool) error { return d.out.close(ok) }
