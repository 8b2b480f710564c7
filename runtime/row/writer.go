package row

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// AppendFrame appends a row as a frame: its length and its encoding. The
// encoding must be shorter than 4 GiB.
func AppendFrame(b []byte, r Row) []byte {
	start := len(b)
	b = r.Append(append(b, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-headerSize))
	return b
}

// A Writer writes frames, each with one call of Write of the writer below;
// where calls are dear, put a bufio.Writer there. After an error it writes
// nothing more.
type Writer struct {
	w   io.Writer
	buf []byte
	err error
}

// NewWriter returns a Writer that writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes one row.
func (w *Writer) Write(r Row) error {
	w.buf = r.Append(append(w.buf[:0], 0, 0, 0, 0))
	return w.flush()
}

// WriteMessage writes a message that is encoded already.
func (w *Writer) WriteMessage(message []byte) error {
	w.buf = append(append(w.buf[:0], 0, 0, 0, 0), message...)
	return w.flush()
}

func (w *Writer) flush() error {
	if w.err != nil {
		return w.err
	}
	length := uint64(len(w.buf) - headerSize)
	if length > math.MaxUint32 {
		return fmt.Errorf("%w: %d bytes do not fit a frame's length of 32 bits", ErrTooLong, length)
	}
	binary.LittleEndian.PutUint32(w.buf, uint32(length))
	_, w.err = w.w.Write(w.buf)
	return w.err
}
