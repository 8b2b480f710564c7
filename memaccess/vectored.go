package memaccess

import (
	"encoding/binary"
	"io"
)

// mostCollected is how many ranges a source is handed at once.
const mostCollected = 1024

// vectored answers the ranges of the list that follows, and a status for each.
func (p *peer) vectored(count, length uint64) error {
	if count > mostRanges || length != count*rangeSize {
		return p.hangUp("a vectored read of %d ranges whose list has %d bytes", count, length)
	}
	list, err := p.takeList(int(length))
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
	if err := p.answerList(list); err != nil {
		return err
	}
	if len(list) > chunk {
		p.list, p.statuses = nil, nil // much to keep for the next
	}
	return nil
}

// takeList takes a vectored read's list, all of it before anything is answered: its
// client may read nothing before all is sent. Memory is taken as the list arrives.
func (p *peer) takeList(n int) ([]byte, error) {
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

// answerList answers the ranges of a list, which is good.
func (p *peer) answerList(list []byte) error {
	if n := len(list) / rangeSize; cap(p.statuses) < n {
		p.statuses = make([]byte, n)
	}
	p.statuses = p.statuses[:len(list)/rangeSize]
	var runs []Run
	for i := range p.statuses {
		addr, n := binary.LittleEndian.Uint64(list[i*rangeSize:]), binary.LittleEndian.Uint64(list[i*rangeSize+8:])
		mem := p.view.find(addr, n)
		if mem == nil && runs == nil {
			runs = p.server.Source.Runs()
		}
		var err error
		switch {
		case mem != nil:
			err = p.answerView(i, addr, mem)
		case p.vector != nil && n > 0 && n <= chunk && locate(runs, addr, n) == inMemory:
			err = p.collect(i, addr, int(n))
		default:
			err = p.answerRange(i, runs, addr, n)
		}
		if err != nil {
			return err
		}
	}
	p.readCollected()
	if len(p.out.views) == 0 {
		return p.add(p.statuses)
	}
	// Some may still change, and the next list's come to the same place.
	if err := p.room(0); err != nil {
		return err
	}
	p.out.piece(p.statuses)
	return p.flush()
}

// answerView answers range i from the view.
func (p *peer) answerView(i int, addr uint64, mem []byte) error {
	p.readCollected()
	if err := p.room(0); err != nil {
		return err
	}
	p.statuses[i] = done
	p.out.view(mem, addr+uint64(len(mem)), &p.statuses[i])
	p.server.counts.read.Add(uint64(len(mem)))
	return nil
}

// answerRange answers range i as a read of it would be.
func (p *peer) answerRange(i int, runs []Run, addr, n uint64) error {
	p.readCollected()
	ok, err := p.data(runs, addr, n)
	p.statuses[i] = p.judge(ok)
	return err
}

// collect leaves place for range i, to be read with others at once.
func (p *peer) collect(i int, addr uint64, n int) error {
	if !p.out.fits(n+1) || len(p.collected) == mostCollected {
		p.readCollected()
	}
	part, err := p.space(n)
	if err != nil {
		return err
	}
	p.collected = append(p.collected, Range{Addr: addr, Data: part})
	p.collectedOf = append(p.collectedOf, i)
	return nil
}

// readCollected fills what collect left place for, before anything of it is sent.
func (p *peer) readCollected() {
	if len(p.collected) == 0 {
		return
	}
	_ = p.vector.ReadVector(p.collected)
	for j := range p.collected {
		r := &p.collected[j]
		if r.Err != nil {
			p.unreadable(r.Addr, len(r.Data), r.Err)
			clear(r.Data)
		} else {
			p.server.counts.read.Add(uint64(len(r.Data)))
		}
		p.statuses[p.collectedOf[j]] = p.judge(r.Err == nil)
	}
	clear(p.collected)
	p.collected, p.collectedOf = p.collected[:0], p.collectedOf[:0]
}
