package row

import (
	"iter"
	"unsafe"
)

// Rows returns the rows that are left in a stream, each of its own and valid for
// as long as the program holds it:
//
//	for task, err := range row.Rows[pandavolintrow.LinuxPslistTask](reader) {
//
// A frame whose content can't be decoded costs the row, not the stream: the row
// is nil, the error a *RowError, and the loop may go on. A stream that is broken
// ends with a *FrameError.
//
// A row that is kept holds a few neighbours in memory, and its chunk of the
// stream; Clone makes one that does not. The loop that allocates least of all
// decodes each of r.Frames into the same row.
func Rows[T any, P pointer[T]](r *Reader) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var block []T
		for frame, err := range r.Frames() {
			if len(block) == 0 {
				block = make([]T, blockLength(unsafe.Sizeof(block[0])))
			}
			row := &block[0]
			if err == nil {
				err = r.content(P(row).Decode(frame))
			}
			if err != nil {
				row = nil
			} else {
				block = block[1:]
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

type pointer[T any] interface {
	*T
	Row
}

// RowsOf is Rows for rows whose type is known only when the program runs. New
// returns an empty row, as Command.New does.
func RowsOf(r *Reader, new func() Row) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for frame, err := range r.Frames() {
			var row Row
			if err == nil {
				row = new()
				err = r.content(row.Decode(frame))
			}
			if err != nil {
				row = nil
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// content says which frame it was whose content gave err; that is the last one
// read.
func (r *Reader) content(err error) error {
	if err == nil {
		return nil
	}
	return &RowError{Frame: r.count, Offset: r.start, Err: err}
}

// blockLength is how many rows of a size are allocated at a time: about 4 KiB of
// them.
func blockLength(size uintptr) int {
	return int(max(1, 4096/max(1, size)))
}
