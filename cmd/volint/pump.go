package main

import (
	"errors"
	"io"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
)

// frameHeader is the length of a frame's own length.
const frameHeader = 4

// counts tells what a pump did.
type counts struct {
	rows int64 // printed
	bad  int64 // whose content could not be decoded
	// firstBad is the first of those.
	firstBad error
	// incomplete says that columns or values are missing in them.
	incomplete bool
	// lacks says what is missing, in a few words.
	lacks string
}

// err is the failure that rows that can't be decoded are, if there were any.
func (c *counts) err() error {
	if c.bad == 0 {
		return nil
	}
	return fail("the other rows are there; do the frames hold this message, written by this schema?",
		"%d of %d rows could not be decoded; the first: %v", c.bad, c.rows+c.bad, c.firstBad)
}

// pump prints the frames of src until its end. A row whose content is bad is
// counted and costs nothing but itself. An error of the output is a writeError;
// every other one is src's.
func pump(src io.Reader, out format.Printer) (c counts, err error) {
	frames := row.NewReader(flushing{src, out})
	for {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return c, err
		}
		err = out.Frame(frame)
		var bad *format.RowError
		switch {
		case err == nil:
			c.rows++
		case errors.As(err, &bad):
			c.bad++
			if c.bad == 1 {
				start := frames.Offset() - int64(frameHeader+len(frame))
				c.firstBad = &row.RowError{Frame: frames.Count(), Offset: start, Err: bad.Err}
			}
		default:
			return c, writeError{err}
		}
	}
}

// flushing shows what there is before it waits for more, so that rows that come
// slowly are seen as they come.
type flushing struct {
	io.Reader
	out format.Printer
}

func (f flushing) Read(p []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, writeError{err}
	}
	return f.Reader.Read(p)
}
