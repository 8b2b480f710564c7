package kdump

import (
	"bytes"
	"math/bits"
	"os"

	"github.com/volint/volint/memaccess"
)

// maxKept is how long a read must be for its pages not to be kept in the cache: who
// reads so much at once reads all of memory, and once.
const maxKept = 64 << 10

// ReadAt reads over as many pages as it takes.
func (d *dump) ReadAt(p []byte, addr int64) (int, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return 0, memaccess.Errorf("", "%s: %w", d.file.Name(), os.ErrClosed)
	}
	if addr < 0 {
		return 0, d.hole(uint64(addr))
	}
	return d.inParts(p, addr)
}

// read reads page after page; addr is no less than 0.
func (d *dump) read(p []byte, addr int64, keep bool) (int, error) {
	w := d.workers.Get().(*worker)
	defer d.workers.Put(w)
	done, block := 0, d.header.block()
	for done < len(p) {
		at := uint64(addr) + uint64(done)
		from := int(at) & (block - 1)
		piece := p[done:min(len(p), done+block-from)]
		if err := d.readPage(w, piece, at>>d.header.shift, from, keep); err != nil {
			return done, err
		}
		done += len(piece)
	}
	return done, nil
}

func (d *dump) hole(addr uint64) error {
	return memaccess.Errorf("it was no memory, or makedumpfile was told to leave it out", "%s has no memory at %#x", d.file.Name(), addr)
}

// readPage reads from an offset in a page.
func (d *dump) readPage(w *worker, p []byte, page uint64, from int, keep bool) error {
	index, ok := d.pages.index(page)
	if !ok {
		return d.hole(page<<d.header.shift + uint64(from))
	}
	if d.cache.get(page, p, from) {
		return nil
	}
	place := d.header.descriptors + int64(index)*descriptorSize
	if err := d.content.readAt(w.descriptor[:], place); err != nil {
		return err
	}
	e := parseDescriptor(w.descriptor[:])
	if trouble := e.trouble(d.header.block()); trouble != "" {
		return d.content.errorf(place, hintCut, "the page at %#x %s", page<<d.header.shift, trouble)
	}
	if e.flags&byAny == 0 {
		return d.readStored(p, e, from)
	}
	if len(p) == d.header.block() {
		if err := d.unpack(w, p, e, page); err != nil {
			return err
		}
		if keep {
			d.cache.put(page, p)
		}
		return nil
	}
	if err := d.unpack(w, w.page, e, page); err != nil {
		return err
	}
	copy(p, w.page[from:])
	d.cache.put(page, w.page)
	return nil
}

// readStored reads from a page that is not compressed.
func (d *dump) readStored(p []byte, e descriptor, from int) error {
	if e.offset == d.zeros.Load() {
		clear(p)
		return nil
	}
	if err := d.content.readAt(p, e.offset+int64(from)); err != nil {
		return err
	}
	if p[len(p)-1] != 0 {
		return nil
	}
	if err := d.content.check(e.offset + int64(from+len(p))); err != nil {
		return err
	}
	if len(p) == d.header.block() && d.zeros.Load() == 0 && isZero(p) {
		d.zeros.Store(e.offset)
	}
	return nil
}

func isZero(p []byte) bool {
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}

// unpack fills page.
func (d *dump) unpack(w *worker, page []byte, e descriptor, number uint64) error {
	if err := d.content.readAt(w.in[:e.size], e.offset); err != nil {
		return err
	}
	err := w.unpack(page, e)
	if err == nil && !mayBeCut(w.in[:e.size], e.flags) {
		return nil
	}
	if cut := d.content.check(e.offset + int64(e.size)); cut != nil || err == nil {
		return cut
	}
	return d.content.errorf(e.offset, "the memory around it can be read; take or copy the dump again if you can",
		"the page at %#x can't be unpacked by %s: %w", number<<d.header.shift, methodName(e.flags), err)
}

// mayBeCut reports whether a page's compressed bytes end in zeros, as what was cut
// does where it is mapped. zlib's have a checksum, and LZO's always end like this.
func mayBeCut(in []byte, flags uint32) bool {
	return in[len(in)-1] == 0 && flags&byZlib == 0 && !bytes.HasSuffix(in, []byte("\x11\x00\x00"))
}

// methodName says by what a page is compressed.
func methodName(flags uint32) string {
	names := map[uint32]string{byZlib: "zlib", byLZO: "LZO", bySnappy: "snappy", byZstd: "zstd"}
	return names[flags&byAny&(1<<bits.TrailingZeros32(flags&byAny))]
}
