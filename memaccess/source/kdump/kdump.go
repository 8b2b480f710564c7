// Package kdump reads dumps in the kdump-compressed format: what makedumpfile
// writes, and QEMU's dump-guest-memory with one of its kdump formats. The flattened
// variant, which QEMU's always is, is read as it stands. Pages may be compressed by
// zlib, LZO, snappy or zstd.
//
// Pages that makedumpfile left out are not in the runs of such a dump, and reading
// them is an error. Pages of zeros are there: they are stored once, whether it was
// told to leave them out or not. Pages that are lost, since the dump was cut, are not
// in the runs either, and a warning counts them.
//
// Little-endian dumps are read, of machines of 32 and 64 bits. A part of a dump that
// was split is refused.
//
// A dump takes some memory while it is open: a bit for each page that the machine
// had, where not all of 32,768 neighbours are there or none; 16 bytes for each run;
// for a flattened one 24 bytes for each of its records, which QEMU makes of 16 KiB;
// and CacheBytes for pages that were unpacked. The file is mapped.
package kdump

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

const (
	signature     = "KDUMP   "
	oldSignature  = "DISKDUMP" // of the format that kdump's came from
	flatSignature = "makedumpfile\x00\x00\x00\x00"
)

// Is reports whether the first bytes of a file, 16 of them at least, are those of a
// kdump, or of what makedumpfile flattened.
func Is(head []byte) bool {
	for _, magic := range []string{signature, oldSignature, flatSignature} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// dump is an open dump.
type dump struct {
	file    *dumpfile.File
	content content
	header  header
	pages   *pages
	runs    []memaccess.Run // those of pages, less what was lost
	warning string          // "" or what was lost

	cache   cache
	workers sync.Pool
	// zeros is where a page of zeros is stored, once it is known, or 0. Most dumps have
	// one such page for all that are.
	zeros atomic.Int64

	mu     sync.RWMutex // held while a call reads
	closed bool
}

var (
	_ memaccess.Warner       = (*dump)(nil)
	_ memaccess.VectorReader = (*dump)(nil)
)

// Open reads a dump. The file is its own, unless there is an error.
func Open(file *dumpfile.File) (memaccess.Source, error) {
	plain := openPlain(file)
	d, err := open(file, plain)
	if err != nil {
		plain.close()
		return nil, err
	}
	return d, nil
}

func open(file *dumpfile.File, plain *plain) (*dump, error) {
	d := &dump{file: file, content: plain}
	if plain.begins(flatSignature) {
		flat, err := openFlat(plain)
		if err != nil {
			return nil, err
		}
		d.content, d.warning = flat, flat.warning
	}
	var err error
	if d.header, err = readHeader(d.content); err != nil {
		return nil, err
	}
	if d.pages, err = readPages(d.content, d.header); err != nil {
		return nil, err
	}
	d.runs = d.pages.runs
	if err := d.findLost(); err != nil {
		return nil, err
	}
	d.cache.init(d.header.block())
	d.workers.New = func() any { return newWorker(d.header.block()) }
	return d, nil
}

func (d *dump) Runs() []memaccess.Run { return d.runs }

func (d *dump) Name() string { return d.file.Name() }

func (d *dump) Identity() memaccess.Identity { return d.file.Identity }

// Warnings say where a dump was cut, and how much of its memory is lost.
func (d *dump) Warnings() []string {
	if d.warning == "" {
		return nil
	}
	return []string{d.warning}
}

// Close waits for reads that are under way.
func (d *dump) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	d.content.close()
	return d.file.Close()
}
