package row

import (
	"encoding/binary"
	"io"
	"iter"
)

// DefaultLimit is the longest frame that a Reader takes unless told otherwise,
// in bytes.
const DefaultLimit = 64 << 20

const (
	chunkSize  = 64 << 10
	headerSize = 4
	// maxEmptyReads is how often in a row an io.Reader may return nothing and no
	// error.
	maxEmptyReads = 100
)

// A Reader reads frames: for each, a length of four bytes, little endian, and
// that many bytes.
//
// A frame is returned as soon as it has arrived, though more may have been read
// ahead. For a frame the Reader allocates no more than twice what has arrived of
// it, or a chunk of 64 KiB, whatever length the frame claims.
type Reader struct {
	r     io.Reader
	limit int64

	// chunk is what has been read: chunk[:done] is given out, chunk[done:have]
	// is not. Once a chunk is full another takes its place; what is given out is
	// never written again.
	chunk      []byte
	done, have int

	// start is where the last frame started, offset where the next one does.
	start, offset, count int64
	// readErr is what r said beside the last bytes, err what Next says for good.
	readErr, err error
}

// A ReaderOption changes a Reader.
type ReaderOption func(*Reader)

// Limit sets the longest frame that a Reader takes, in bytes. A longer one is
// an error, before anything is allocated for it. The default is DefaultLimit.
func Limit(bytes uint32) ReaderOption {
	return func(r *Reader) { r.limit = int64(bytes) }
}

// NewReader returns a Reader of r. It needs no buffer around r.
func NewReader(r io.Reader, options ...ReaderOption) *Reader {
	reader := &Reader{r: r, limit: DefaultLimit}
	for _, o := range options {
		o(reader)
	}
	return reader
}

// Next returns the next frame's message, without its length. At the end of the
// stream the error is io.EOF; any other is a *FrameError. After an error every
// call returns the same one.
//
// The slice belongs to the caller. The Reader does not write to it again, so
// that rows may borrow from it for as long as they like. Appending to it copies.
func (r *Reader) Next() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	if err := r.fill(headerSize); err != nil {
		return nil, r.cut(err, "length", headerSize, 0)
	}
	length := int64(binary.LittleEndian.Uint32(r.chunk[r.done:]))
	if length > r.limit {
		r.err = tooLongError(r.count+1, r.offset, length, r.limit)
		return nil, r.err
	}
	if err := r.fill(headerSize + length); err != nil {
		return nil, r.cut(err, "message", length, headerSize)
	}
	start := r.done + headerSize
	end := start + int(length)
	r.done = end
	r.start = r.offset
	r.offset += headerSize + length
	r.count++
	return r.chunk[start:end:end], nil
}

// Frames returns the frames that are left, as Next does. An error, which is not
// io.EOF, comes last.
func (r *Reader) Frames() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			frame, err := r.Next()
			if err == io.EOF {
				return
			}
			if !yield(frame, err) || err != nil {
				return
			}
		}
	}
}

// Offset returns how many bytes of the stream the frames took that Next has
// returned: where the next frame starts.
func (r *Reader) Offset() int64 { return r.offset }

// Count returns how many frames Next has returned.
func (r *Reader) Count() int64 { return r.count }

// fill reads on until want bytes are there beyond done.
func (r *Reader) fill(want int64) error {
	for empty := 0; int64(r.have-r.done) < want; {
		if r.readErr != nil {
			return r.readErr
		}
		if r.have == len(r.chunk) || int64(len(r.chunk)-r.done) < min(want, chunkSize) {
			r.grow(want)
		}
		n, err := r.r.Read(r.chunk[r.have:])
		r.have += n
		r.readErr = err
		if empty++; n > 0 {
			empty = 0
		}
		if empty > maxEmptyReads {
			r.readErr = io.ErrNoProgress
		}
	}
	return nil
}

// grow puts a new chunk in the old one's place, with what is not given out yet.
// It is as long as the frame needs, but no longer than twice what has arrived.
func (r *Reader) grow(want int64) {
	rest := r.chunk[r.done:r.have]
	size := max(chunkSize, min(want, 2*int64(len(rest))))
	next := make([]byte, size)
	r.have = copy(next, rest)
	r.done = 0
	r.chunk = next
}

// cut returns the error for a stream that gave err and not the whole of a frame.
func (r *Reader) cut(err error, what string, want, skip int64) error {
	got := int64(r.have - r.done)
	at := r.offset + got
	switch {
	case err != io.EOF:
		r.err = &FrameError{Frame: r.count + 1, Start: r.offset, Offset: at, Err: err}
	case got == 0:
		r.err = io.EOF
	default:
		r.err = cutError(r.count+1, r.offset, at, what, got-skip, want)
	}
	return r.err
}
