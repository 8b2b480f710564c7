package memaccess

import (
	"encoding/binary"
	"io"
)

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

// vectored answers the ranges of the list that follows, and a status for each.
func (p *peer) vectored(count, length uint64) error {
	if count > mostRanges || length != count*rangeSize {
		return p.hangUp("a vectored read of %d ranges whose list has %d bytes", count, length)
	}
	list, err := p.ranges(int(length))
	if err != nil {
		return ending(err, headerSize)
	}
	var sum uint64
	for i := 0; i < len(list); i += rangeSize {
		n := binary.LittleEndian.Uint64(list[i+8:])
		if n > p.server.limit()-sum {
			return p.hangUp("a vectored read for more than %d bytes", p.server.limit())
		}
		sum += n
	}
	if err := p.answerRanges(list); err != nil {
		return err
	}
	if len(list) > chunk {
		p.list, p.statuses = nil, nil // much to keep for the next
	}
	return nil
}

// answerRanges answers the ranges of a list, which is good.
func (p *peer) answerRanges(list []byte) error {
	n := len(list) / rangeSize
	if cap(p.statuses) < n {
		p.statuses = make([]byte, n)
	}
	statuses := p.statuses[:n]
	var runs []Run
	for i := range statuses {
		addr, n := binary.LittleEndian.Uint64(list[i*rangeSize:]), binary.LittleEndian.Uint64(list[i*rangeSize+8:])
		if mem := p.view.find(addr, n); mem != nil {
			if err := p.room(0); err != nil {
				return err
			}
			statuses[i] = done
			p.out.view(mem, addr+n, &statuses[i])
			p.server.counts.read.Add(n)
			continue
		}
		if runs == nil {
			runs = p.server.Source.Runs()
		}
		ok, err := p.data(runs, addr, n)
		if err != nil {
			return err
		}
		statuses[i] = p.judge(ok)
	}
	if len(p.out.views) == 0 {
		return p.add(statuses)
	}
	// Some may still change, and the next list's come to the same place.
	if err := p.room(0); err != nil {
		return err
	}
	p.out.piece(statuses)
	return p.flush()
}

// ranges takes a vectored read's list, all of it before anything is answered: its
// client may read nothing before all is sent. Memory is taken as the list arrives.
func (p *peer) ranges(n int) ([]byte, error) {
	if n <= p.in.Size() {
		list, err := p.in.Peek(n)
		_, _ = p.in.Discard(len(list)) // they stay where they are until more is read
		return list, err
	}
	list := p.list[:0]
	for len(list) < n {
		start := len(list)
		if start == cap(list) {
			list = append(make([]byte, 0, min(n, max(chunk, 2*start))), list...)
		}
		list = list[:min(n, cap(list))]
		if _, err := io.ReadFull(p.in, list[start:]); err != nil {
			return nil, err
		}
	}
	p.list = list
	return list, nil
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
		p.server.log().Warn("memory can't be read", "address", addr, "length", len(part), "error", err)
	}
	return err == nil
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
