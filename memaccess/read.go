package memaccess

import "io"

// read answers n bytes and a status: after a failure zeros and 0.
func (p *peer) read(addr, n uint64) error {
	if mem := p.view.find(addr, n); mem != nil {
		if err := p.room(1); err != nil {
			return err
		}
		p.out.view(mem, addr+n, p.out.next())
		p.out.make(1)[0] = done
		p.server.counts.read.Add(n)
		return nil
	}
	ok, err := p.data(p.server.Source.Runs(), addr, n)
	if err != nil {
		return err
	}
	return p.status(ok)
}

// data answers n bytes at addr: zeros where it fails, which ok tells. What goes out
// in chunks fails from a chunk on; what went out before stands. err is a failure to
// send.
func (p *peer) data(runs []Run, addr, n uint64) (ok bool, err error) {
	if n == 0 {
		return true, nil
	}
	s := p.server
	where := locate(runs, addr, n)
	ok = where == inMemory || where == inHole && n <= page && !s.FailHoles
	for sent := uint64(0); sent < n; {
		part, err := p.space(int(min(n-sent, chunk)))
		if err != nil {
			return ok, err
		}
		if !ok || where == inHole {
			clear(part)
		} else if !p.fetch(part, addr+sent) {
			clear(part)
			ok = false
		}
		sent += uint64(len(part))
	}
	if ok {
		s.counts.read.Add(n)
	}
	return ok, nil
}

// fetch reads all of part, or reports that it can't.
func (p *peer) fetch(part []byte, addr uint64) bool {
	err := readFull(p.server.Source, part, addr)
	if err != nil {
		p.unreadable(addr, len(part), err)
	}
	return err == nil
}

func (p *peer) unreadable(addr uint64, n int, err error) {
	p.server.log().Warn("memory can't be read", "address", addr, "length", n, "error", err)
}

// readFull reads all of p. An io.ReaderAt may say io.EOF beside all of it.
func readFull(r io.ReaderAt, p []byte, addr uint64) error {
	n, err := r.ReadAt(p, int64(addr))
	if n == len(p) {
		return nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return err
}
