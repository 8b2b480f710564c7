package memaccess

import (
	"errors"
	"os"
	"time"
)

// grace is how long the rest of an answer is waited for that could be a status
// alone.
const grace = 200 * time.Millisecond

// failedAlone reports whether a read was answered by a status alone, as LibVMI's
// patch for QEMU does where it fails; that is taken then. An original sends an
// answer in one piece, up to 64 KiB of it: a single zero byte is no part of one.
// That the server is of this kind is made sure of once.
func (l *link) failedAlone() (bool, error) {
	b, err := l.r.Peek(1)
	if err != nil || b[0] != failed || l.r.Buffered() > 1 {
		return false, err
	}
	if !l.client.statusAlone.Load() {
		if more, err := l.hasSoon(2); more || err != nil {
			return false, err
		}
		if err := l.confirmAlone(); err != nil {
			return false, err
		}
		l.client.statusAlone.Store(true)
	}
	_, err = l.r.Discard(1)
	return true, err
}

// confirmAlone sends a request for no bytes, whose answer is a 1: it must be the
// next and only byte after the one that is there. It takes one of the two.
func (l *link) confirmAlone() error {
	if err := l.send(typeRead, 0, 0, nil); err != nil {
		return err
	}
	b, err := l.r.Peek(2)
	if err != nil {
		return err
	}
	more, err := l.hasSoon(3)
	switch {
	case err != nil:
		return err
	case more || b[1] != done:
		return l.client.nonsense("the answer to a read comes in pieces")
	}
	_, err = l.r.Discard(1)
	return err
}

// hasSoon reports whether n bytes have come, or come at once.
func (l *link) hasSoon(n int) (bool, error) {
	until := l.until
	l.until = time.Now().Add(grace)
	_, err := l.r.Peek(n)
	l.until = until
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}
