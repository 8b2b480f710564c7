package memaccess

import (
	"errors"
	"fmt"
	"syscall"
)

// chunk is how much of an answer is made and sent at a time. Up to this length an
// answer is one write: LibVMI and Volatility 2's original client take it by one
// read.
const chunk = 64 << 10

// answer is what was answered and not yet sent: bytes that were made, and, on a
// stream that can gather, pieces of the view between them.
type answer struct {
	made []byte
	// pieces are what goes out, in order; nothing where that is made, and no more.
	pieces [][]byte
	views  []viewed
}

// viewed is a piece of the view.
type viewed struct {
	piece int
	end   uint64 // the address behind it
	// status is the byte that says 1 for the piece, and must say 0 if its memory
	// can't be read.
	status *byte
}

func (a *answer) reset() {
	a.made = a.made[:0]
	a.pieces = a.pieces[:0]
	a.views = a.views[:0]
}

// make returns n bytes of the answer, to be filled. There is room for them.
func (a *answer) make(n int) []byte {
	start := len(a.made)
	a.made = a.made[:start+n]
	b := a.made[start:]
	if len(a.pieces) > 0 {
		a.pieces = append(a.pieces, b)
	}
	return b
}

// next is the byte that make returns next. There is room for it.
func (a *answer) next() *byte { return &a.made[:len(a.made)+1][len(a.made)] }

// view puts a piece of the view, up to an address, into the answer.
func (a *answer) view(mem []byte, end uint64, status *byte) {
	a.views = append(a.views, viewed{max(len(a.pieces), min(len(a.made), 1)), end, status})
	a.piece(mem)
}

// piece puts bytes into the answer that stay where they are.
func (a *answer) piece(b []byte) {
	if len(a.pieces) == 0 && len(a.made) > 0 {
		a.pieces = append(a.pieces, a.made)
	}
	a.pieces = append(a.pieces, b)
}

// fits reports whether there is room for n bytes, and for two pieces.
func (a *answer) fits(n int) bool {
	return cap(a.made)-len(a.made) >= n && len(a.pieces) <= mostPieces-2
}

// room makes room for n <= chunk+1 bytes of the answer, and for two pieces.
func (p *peer) room(n int) error {
	a := &p.out
	if a.fits(n) {
		return nil
	}
	// Pieces and statuses point into what was made, which stays where it is.
	if err := p.flush(); err != nil {
		return err
	}
	switch {
	case cap(a.made) >= n:
	case n <= inboxSize:
		a.made = make([]byte, 0, inboxSize)
	default:
		a.made = make([]byte, 0, chunk+1)
	}
	return nil
}

// space returns n <= chunk bytes of the answer, to be filled; a status has room
// behind them.
func (p *peer) space(n int) ([]byte, error) {
	if err := p.room(n + 1); err != nil {
		return nil, err
	}
	return p.out.make(n), nil
}

// status answers a status, behind what else there is of the answer.
func (p *peer) status(ok bool) error {
	if err := p.room(1); err != nil {
		return err
	}
	p.out.make(1)[0] = p.judge(ok)
	return nil
}

// judge is a status, which is counted.
func (p *peer) judge(ok bool) byte {
	if ok {
		return done
	}
	p.server.counts.failed.Add(1)
	return failed
}

// add answers bytes.
func (p *peer) add(b []byte) error {
	for len(b) > 0 {
		part, err := p.space(min(len(b), chunk))
		if err != nil {
			return err
		}
		b = b[copy(part, b):]
	}
	return nil
}

// flush sends what was answered.
func (p *peer) flush() error {
	if len(p.out.made) == 0 && len(p.out.pieces) == 0 {
		return nil
	}
	err := p.send()
	p.out.reset()
	if err != nil {
		return fmt.Errorf("sending an answer: %w", err)
	}
	return nil
}

func (p *peer) send() error {
	a := &p.out
	if len(a.pieces) == 0 {
		return p.conn.write(a.made, p.server.writeTimeout())
	}
	g := p.conn.(gatherer) // for else there was no view
	for rest := a.pieces; len(rest) > 0; {
		n, err := g.gather(rest, p.server.writeTimeout())
		if errors.Is(err, syscall.EFAULT) {
			return p.mend(len(a.pieces) - len(rest))
		}
		if err != nil {
			return err
		}
		rest = drop(rest, n)
	}
	return nil
}

// drop takes n bytes off the pieces' front.
func drop(pieces [][]byte, n int) [][]byte {
	for len(pieces) > 0 && n >= len(pieces[0]) {
		n -= len(pieces[0])
		pieces = pieces[1:]
	}
	if n > 0 {
		pieces[0] = pieces[0][n:]
	}
	return pieces
}

// mend sends the pieces from one on, whose memory is not there any more as it is
// mapped: what of it can't be read either is zeros, and its status is 0.
func (p *peer) mend(from int) error {
	a := &p.out
	buffer := make([]byte, chunk)
	views := a.views
	for i := from; i < len(a.pieces); i++ {
		for len(views) > 0 && views[0].piece < i {
			views = views[1:]
		}
		piece := a.pieces[i]
		if len(views) == 0 || views[0].piece != i {
			if err := p.conn.write(piece, p.server.writeTimeout()); err != nil {
				return err
			}
			continue
		}
		if err := p.reread(buffer, views[0], uint64(len(piece))); err != nil {
			return err
		}
	}
	return nil
}

// reread sends the last n bytes of a piece of the view, read.
func (p *peer) reread(buffer []byte, v viewed, n uint64) error {
	for sent := uint64(0); sent < n; {
		part := buffer[:min(n-sent, chunk)]
		if *v.status == done && !p.fetch(part, v.end-n+sent) {
			*v.status = p.judge(false)
		}
		if *v.status != done {
			clear(part)
		}
		if err := p.conn.write(part, p.server.writeTimeout()); err != nil {
			return err
		}
		sent += uint64(len(part))
	}
	return nil
}
