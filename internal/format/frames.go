package format

import (
	"bufio"
	"encoding/binary"
	"io"
)

// frames passes frames on as they came: they are not decoded, so that unknown
// fields and every byte survive.
type frames struct{ w *bufio.Writer }

func newFrames(w io.Writer) Printer { return &frames{bufio.NewWriterSize(w, 64<<10)} }

func (f *frames) Frame(frame []byte) error {
	head := binary.LittleEndian.AppendUint32(f.w.AvailableBuffer(), uint32(len(frame)))
	if _, err := f.w.Write(head); err != nil {
		return err
	}
	_, err := f.w.Write(frame)
	return err
}

func (f *frames) Flush() error     { return f.w.Flush() }
func (f *frames) Close(bool) error { return f.w.Flush() }

func (f *frames) Unknown() (fields, rows int64) { return 0, 0 }
