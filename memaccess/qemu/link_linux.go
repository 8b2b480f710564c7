package qemu

import (
	"sync"

	"github.com/volint/volint/memaccess/qemu/qmp"
)

// link is the connection to QEMU, while it is here.
type link struct {
	mu     sync.Mutex
	conn   *qmp.Conn // nil while the guest is held, and after its end
	closed bool
}

func (l *link) get() *qmp.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// take takes the connection away: nobody else will use it.
func (l *link) take() *qmp.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.conn
	l.conn = nil
	return c
}

// put takes a connection in, or closes it where it comes too late.
func (l *link) put(c *qmp.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Close()
		return
	}
	l.conn = c
}

// close takes the connection away for good.
func (l *link) close() *qmp.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.conn
	l.conn, l.closed = nil, true
	return c
}

// drop forgets a connection that has ended, and reports whether it was in use.
func (l *link) drop(c *qmp.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != c {
		return false
	}
	l.conn = nil
	return true
}
