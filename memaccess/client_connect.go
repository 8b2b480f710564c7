package memaccess

import (
	"bufio"
	"context"
	"io"
	"net"
)

// meet makes the connection and says hello. An original server may hang up on a
// type that it does not know: it is asked nothing more then. nil stands for an
// original.
func (l *link) meet(ctx context.Context) (*hello, error) {
	if err := l.connect(ctx); err != nil {
		return nil, err
	}
	stop := l.boundBy(ctx)
	said, err := l.hello()
	stop()
	if err == nil || !isHangUp(err) || l.answered || ctx.Err() != nil {
		if err != nil {
			err = l.client.lost(err)
		}
		return said, err
	}
	l.drop()
	return nil, l.connect(ctx)
}

// rejoin makes a connection beside or after the first one, and holds the server
// against what it was.
func (l *link) rejoin(ctx context.Context) error {
	c := l.client
	if c.closed.Load() {
		return c.lost(net.ErrClosed)
	}
	if c.first == nil {
		// Whether it is the same guest's memory, an original can't tell.
		return c.lost(io.ErrUnexpectedEOF)
	}
	if err := l.connect(ctx); err != nil {
		return err
	}
	stop := l.boundBy(ctx)
	said, err := l.hello()
	stop()
	if err != nil || said == nil || !said.sameAs(c.first) {
		l.drop()
		if err == nil {
			err = Errorf("connect anew", "another memory is served on %s than before", c.path)
		}
		return c.lost(err)
	}
	if l == c.links[0] && c.identity.Live() {
		c.note("its memory server had closed the connection, and what happened to the guest meanwhile is not known")
	}
	c.note(said.trouble)
	return l.settle()
}

func (l *link) connect(ctx context.Context) error {
	c := l.client
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return Errorf("is the emulator, or what else serves memory there, running, and does it let you connect?",
			"nobody serves memory on %s: %w", c.path, underlying(err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		_ = conn.Close()
		return c.lost(net.ErrClosed)
	}
	l.conn = plain{conn}
	c.open[l.conn] = struct{}{}
	l.r = bufio.NewReaderSize(patient{l}, chunk+1)
	return nil
}

// boundBy ends the connection with ctx, until the function that it returns is
// called.
func (l *link) boundBy(ctx context.Context) (stop func() bool) {
	conn := l.conn
	return context.AfterFunc(ctx, func() { _ = conn.Close() })
}

// drop closes the connection: what it would still say can't be trusted.
func (l *link) drop() {
	if l.conn == nil {
		return
	}
	l.client.mu.Lock()
	delete(l.client.open, l.conn)
	l.client.mu.Unlock()
	l.conn.end()
	l.conn = nil
}

// settle hands the connection over to what waits for answers in the least time. No
// descriptors come any more.
func (l *link) settle() error {
	conn, ok := l.conn.(plain)
	if !ok {
		return nil
	}
	c := l.client
	settled, err := newWaiting(conn.Conn)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, l.conn)
	l.conn = nil
	switch {
	case err != nil:
		return c.lost(err)
	case c.closed.Load():
		settled.end()
		return c.lost(net.ErrClosed)
	}
	l.conn = settled
	c.open[settled] = struct{}{}
	return nil
}

// quit tells the server that this is the end, as originals want it.
func (l *link) quit() {
	if l.conn != nil {
		_ = l.send(typeQuit, 0, 0, nil)
		l.drop()
	}
}
