package source

import (
	"os"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

// dump is memory that lies in the extents of a file. Each format is a way to find
// them.
type dump struct {
	file     *dumpfile.File
	extents  []extent // sorted; they don't overlap
	runs     []memaccess.Run
	warnings []string
	unpack   *unpacker // nil where no extent is packed
}

var (
	_ memaccess.Filer  = (*dump)(nil)
	_ memaccess.Warner = (*dump)(nil)
)

// ReadAt reads over as many extents as it takes.
func (d *dump) ReadAt(p []byte, addr int64) (int, error) {
	if addr < 0 {
		return 0, d.hole(uint64(addr))
	}
	at, done := uint64(addr), 0
	for i := find(d.extents, at); done < len(p); i++ {
		if i == len(d.extents) || d.extents[i].start > at {
			return done, d.hole(at)
		}
		piece := p[done:]
		if left := d.extents[i].end() - at; uint64(len(piece)) > left {
			piece = piece[:left]
		}
		n, err := d.read(d.extents[i].from(at), piece)
		done += n
		if err != nil {
			return done, err
		}
		at += uint64(n)
	}
	return done, nil
}

// read reads the first bytes of an extent.
func (d *dump) read(e extent, p []byte) (int, error) {
	switch e.kind {
	case zeros:
		clear(p)
		return len(p), nil
	case packed:
		return d.unpack.read(e, p)
	}
	return d.file.ReadFull(p, e.offset)
}

func (d *dump) hole(addr uint64) error {
	return memaccess.Errorf("its memory is where its runs say", "%s has no memory at %#x", d.file.Name(), addr)
}

func (d *dump) Runs() []memaccess.Run { return d.runs }

func (d *dump) Name() string { return d.file.Name() }

func (d *dump) Identity() memaccess.Identity { return d.file.Identity }

func (d *dump) Warnings() []string { return d.warnings }

// File returns the dump itself for a run, or a part of one, whose bytes it holds as
// they are.
func (d *dump) File(run memaccess.Run) (*os.File, int64) {
	i := find(d.extents, run.Start)
	if i == len(d.extents) {
		return nil, 0
	}
	e := d.extents[i]
	if e.kind != stored || run.Start < e.start || run.Length > e.end()-run.Start {
		return nil, 0
	}
	return d.file.File, e.offset + int64(run.Start-e.start)
}

func (d *dump) Close() error { return d.file.Close() }
