package kdump

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	golzo "github.com/anchore/go-lzo"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// worker has what reading a page takes. It is used by one goroutine at a time.
type worker struct {
	descriptor [descriptorSize]byte
	in         []byte // a page's compressed bytes
	page       []byte
	source     bytes.Reader  // of in, for zlib
	zlib       io.ReadCloser // and a zlib.Resetter, once it is needed
	zstd       *zstd.Decoder // once it is needed
}

func newWorker(block int) *worker {
	return &worker{in: make([]byte, 2*block), page: make([]byte, block)}
}

// unpack fills page with what w.in unpacks to.
func (w *worker) unpack(page []byte, e descriptor) error {
	size := int(e.size)
	switch {
	case e.flags&byZlib != 0:
		return w.unzlib(page, w.in[:size])
	case e.flags&byLZO != 0:
		return lzo(page, w.in[:size])
	case e.flags&bySnappy != 0:
		return snappy(page, w.in[:size])
	}
	return w.unzstd(page, w.in[:size])
}

func (w *worker) unzlib(page, in []byte) error {
	w.source.Reset(in)
	if err := w.resetZlib(); err != nil {
		return err
	}
	n, err := io.ReadFull(w.zlib, page)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && n > 0:
		return fmt.Errorf("its compressed bytes end after %d bytes of the page", n)
	case err != nil:
		return err
	}
	// The checksum is held where the stream ends, which must be here.
	var more [1]byte
	switch n, err := io.ReadFull(w.zlib, more[:]); {
	case n > 0:
		return errors.New("it unpacks to more than a page")
	case err != io.EOF:
		return err
	}
	return nil
}

func (w *worker) resetZlib() (err error) {
	if w.zlib == nil {
		w.zlib, err = zlib.NewReader(&w.source)
		return err
	}
	return w.zlib.(zlib.Resetter).Reset(&w.source, nil)
}

// lzo turns what the library panics with, at some bytes that are no LZO, into an
// error.
func lzo(page, in []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("its compressed bytes make no sense: %v", r)
		}
	}()
	n, err := golzo.Decompress(in, page)
	if err == nil && n != len(page) {
		err = lengthError(n, page)
	}
	return err
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
