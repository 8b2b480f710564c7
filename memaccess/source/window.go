package source

import "github.com/volint/volint/memaccess/source/internal/dumpfile"

const (
	windowSize = 4096
	// ahead is how much of a file the kernel is asked to bring while its headers are
	// looked up: a disk reads that in one go, and goes from header to header slowly.
	ahead = 8 << 20
)

// window looks at a file's headers, from the first to the last. Headers that lie
// close together take one read.
type window struct {
	file   *dumpfile.File
	bytes  [windowSize]byte
	start  int64
	length int
	whole  bool  // the file is gone through as a whole
	asked  int64 // up to where the kernel was asked to read
}

// peek returns n bytes at an offset, at most windowSize of them, or fewer where the
// file ends. They are right until the next call.
func (w *window) peek(offset int64, n int) ([]byte, error) {
	if offset < w.start || offset-w.start > int64(w.length-n) { // what headers say may be close to overflowing
		if err := w.move(offset); err != nil {
			return nil, err
		}
	}
	from := int(offset - w.start)
	return w.bytes[from:min(from+n, w.length)], nil
}

func (w *window) move(offset int64) error {
	if w.whole && offset+windowSize > w.asked {
		readAhead(w.file.File, offset, 2*ahead)
		w.asked = offset + ahead
	}
	w.start, w.length = offset, 0
	length := min(windowSize, max(w.file.Size-offset, 0))
	n, err := w.file.ReadFull(w.bytes[:length], offset)
	w.length = n
	return err
}
