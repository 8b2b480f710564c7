package memaccess

import (
	"os"
	"sort"
)

// piece is a stretch of memory that is read in one way: from a file, or, where that
// is nil, by asking the server.
type piece struct {
	run    Run
	file   *os.File
	mapped *mapping // of the file, or nil: then it is read
	offset int64    // of the run in the file
}

// layout is where memory lies. It does not change: a guest that gets more memory
// gets another.
type layout struct {
	pieces []piece
	runs   []Run // of the pieces
}

// newLayout cuts runs by the pieces that lie in files; those that are in none are
// asked of the server. Both are in order.
func newLayout(runs []Run, files []piece) *layout {
	l := &layout{}
	for _, run := range runs {
		at := run.Start
		for ; len(files) > 0 && files[0].run.Start < run.End(); files = files[1:] {
			f := files[0]
			if f.file == nil || f.run.Start < at || f.run.End() > run.End() {
				continue
			}
			l.add(piece{run: Run{at, f.run.Start - at}})
			l.add(f)
			at = f.run.End()
		}
		l.add(piece{run: Run{at, run.End() - at}})
	}
	return l
}

func (l *layout) add(p piece) {
	if p.run.Length > 0 {
		l.pieces = append(l.pieces, p)
		l.runs = append(l.runs, p.run)
	}
}

// at is the piece that holds an address, or nil.
func (l *layout) at(addr uint64) *piece {
	i := sort.Search(len(l.pieces), func(i int) bool { return l.pieces[i].run.End() > addr })
	if i == len(l.pieces) || addr < l.pieces[i].run.Start {
		return nil
	}
	return &l.pieces[i]
}

// File returns the file that the server passed for a run of Runs, or for a part of
// one, and the run's offset in it; nil where there is none.
func (c *Client) File(run Run) (*os.File, int64) {
	p := c.layout.Load().at(run.Start)
	if p == nil || p.file == nil || run.Length > p.run.End()-run.Start {
		return nil, 0
	}
	return p.file, p.offset + int64(run.Start-p.run.Start)
}

// readFile reads from a piece's file. A file may be shorter than the server said.
func (c *Client) readFile(p *piece, to []byte, addr uint64) error {
	offset := p.offset + int64(addr-p.run.Start)
	var err error
	if p.mapped != nil {
		err = p.mapped.read(to, offset)
	} else {
		err = readFull(p.file, to, uint64(offset))
	}
	if c.closed.Load() { // what is read may be anything by now
		return c.lost(os.ErrClosed)
	}
	if err != nil {
		return Errorf("was the file cut, or its disk taken away?",
			"%d bytes at %#x can't be read from the file that the memory server on %s passed: %w", len(to), addr, c.path, err)
	}
	return nil
}

func closeFiles(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
