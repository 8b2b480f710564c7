package kdump

import (
	"fmt"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// worker has what reading a page takes. It is used by one goroutine at a time.
type worker struct {
	descriptor [descriptorSize]byte
	in         []byte // a page's compressed bytes, and slack
	page       []byte
	inflater   inflater
	zstd       *zstd.Decoder // once it is needed
}

func newWorker(block int) *worker {
	return &worker{in: make([]byte, 2*block+slack), page: make([]byte, block)}
}

// unpack fills page with what w.in unpacks to.
func (w *worker) unpack(page []byte, e descriptor) error {
	size := int(e.size)
	switch {
	case e.flags&byZlib != 0:
		return w.inflater.zlib(page, w.in, size)
	case e.flags&byLZO != 0:
		return lzo(page, w.in, size)
	case e.flags&bySnappy != 0:
		return snappy(page, w.in[:size])
	}
	return w.unzstd(page, w.in[:size])
}

func snappy(page, in []byte) error {
	// Decode would make room for what the input claims.
	n, err := s2.DecodedLen(in)
	if err == nil && n != len(page) {
		err = lengthError(n, page)
	}
	if err == nil {
		_, err = s2.Decode(page, in)
	}
	return err
}

func (w *worker) unzstd(page, in []byte) error {
	if w.zstd == nil {
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(uint64(len(page))), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return err
		}
		w.zstd = decoder
	}
	out, err := w.zstd.DecodeAll(in, page[:0:len(page)])
	if err == nil && len(out) != len(page) {
		err = lengthError(len(out), page)
	}
	return err
}

func lengthError(n int, page []byte) error {
	return fmt.Errorf("it unpacks to %d bytes, and a page has %d", n, len(page))
}
