package memaccess

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// link is one of a client's connections, which carries one request at a time. Its
// methods are called with mu held.
type link struct {
	client *Client
	mu     sync.Mutex
	conn   wire // nil until it is used, and after a failure
	r      *bufio.Reader
	// answered is set once something of the answer to the last request has come.
	answered bool
	// refused is set where the connection could not be made.
	refused bool
	out     []byte
	// until is when the answer must have come.
	until time.Time
}

// request sends a request on a connection that is free, or waits for one. again
// tells that it may be sent a second time.
func (c *Client) request(again bool, send func(*link) error) error {
	for {
		l, number := c.acquire()
		err := l.try(again, func() error { return send(l) })
		refused := l.refused
		l.mu.Unlock()
		if err == nil || !refused || number == 0 {
			return err
		}
		// The server takes no more connections: the others have to do.
		if n := c.allowed.Load(); n > int32(number) {
			c.allowed.CompareAndSwap(n, int32(number))
		}
	}
}

// acquire returns a locked link, and its number.
func (c *Client) acquire() (*link, int) {
	n := int(c.allowed.Load())
	for i, l := range c.links[:n] {
		if l.mu.TryLock() {
			return l, i
		}
	}
	i := int(c.turn.Add(1)) % n
	c.links[i].mu.Lock()
	return c.links[i], i
}

// try does what send does, on a connection that is made if there is none. A server
// may have closed one that was idle: then it is done again, if it may be, where the
// server is still the same.
func (l *link) try(again bool, send func() error) error {
	used := l.conn != nil
	for {
		if l.conn == nil {
			err := l.rejoin(context.Background())
			if l.refused = err != nil; l.refused {
				return err
			}
		}
		err := send()
		if err == nil {
			return nil
		}
		retry := again && used && !l.answered && isHangUp(err) && l.client.first != nil
		l.drop()
		if !retry {
			return l.client.lost(err)
		}
		used = false
	}
}

// isHangUp reports whether the other side has closed the connection.
func isHangUp(err error) bool {
	var silent net.Error
	return !(errors.As(err, &silent) && silent.Timeout()) && !isOurs(err)
}

// isOurs reports whether err says already what is wrong.
func isOurs(err error) bool {
	var own *Error
	return errors.As(err, &own)
}

// lost words the error of a connection.
func (c *Client) lost(err error) error {
	var silent net.Error
	gone := &Error{Msg: fmt.Sprintf("the memory server on %s closed the connection", c.path), Advice: "does the guest still run?", Err: io.ErrUnexpectedEOF}
	switch {
	case c.closed.Load():
		return &Error{Msg: fmt.Sprintf("the connection to the memory server on %s is closed", c.path), Err: net.ErrClosed}
	case isOurs(err):
		return err
	case errors.As(err, &silent) && silent.Timeout():
		return &Error{Msg: fmt.Sprintf("the memory server on %s did not answer for %v", c.path, c.patience),
			Advice: "is the emulator stopped, or the machine short of memory?", Err: os.ErrDeadlineExceeded}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return gone
	}
	gone.Msg, gone.Err = fmt.Sprintf("%s: %v", gone.Msg, underlying(err)), err
	return gone
}

// underlying is an error of the system without what package net puts before it.
func underlying(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err
}

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

// patient reads from a link's connection, and gives up when nothing comes.
type patient struct{ link *link }

func (p patient) Read(b []byte) (int, error) {
	left := time.Until(p.link.until)
	if left <= 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := p.link.conn.read(b, left)
	p.link.answered = p.link.answered || n > 0
	return n, err
}

// send sends a request, and what follows it, in one piece.
func (l *link) send(kind byte, addr, length uint64, data []byte) error {
	l.answered = false
	l.out = append(l.out[:0], kind, 0, 0, 0, 0, 0, 0, 0)
	l.out = binary.LittleEndian.AppendUint64(l.out, addr)
	l.out = binary.LittleEndian.AppendUint64(l.out, length)
	l.out = append(l.out, data...)
	return l.flush()
}

func (l *link) flush() error {
	l.until = time.Now().Add(l.client.patience)
	return l.conn.write(l.out, l.client.patience)
}

// status reads the byte that ends an answer.
func (l *link) status() (bool, error) {
	b, err := l.r.ReadByte()
	if err == nil && b > done {
		err = l.client.nonsense("an answer's status is %d", b)
	}
	return b == done, err
}

// read reads at an address; false means that the server can't.
func (l *link) read(p []byte, addr uint64) (bool, error) {
	if err := l.send(typeRead, addr, uint64(len(p)), nil); err != nil {
		return false, err
	}
	if l.client.first == nil {
		if alone, err := l.failedAlone(); alone || err != nil {
			return false, err
		}
	}
	if _, err := io.ReadFull(l.r, p); err != nil {
		return false, err
	}
	return l.status()
}

// write writes at an address; false means that the server refuses.
func (l *link) write(p []byte, addr uint64) (bool, error) {
	if err := l.send(typeWrite, addr, uint64(len(p)), p); err != nil {
		return false, err
	}
	return l.status()
}

// readVector reads ranges by one request; ok tells which of them the server could.
func (l *link) readVector(batch []*Range) (ok []bool, err error) {
	l.answered = false
	l.out = append(l.out[:0], typeVectored, 0, 0, 0, 0, 0, 0, 0)
	l.out = binary.LittleEndian.AppendUint64(l.out, uint64(len(batch)))
	l.out = binary.LittleEndian.AppendUint64(l.out, uint64(rangeSize*len(batch)))
	for _, r := range batch {
		l.out = binary.LittleEndian.AppendUint64(l.out, r.Addr)
		l.out = binary.LittleEndian.AppendUint64(l.out, uint64(len(r.Data)))
	}
	if err := l.flush(); err != nil {
		return nil, err
	}
	for _, r := range batch {
		if _, err := io.ReadFull(l.r, r.Data); err != nil {
			return nil, err
		}
	}
	ok = make([]bool, len(batch))
	for i := range ok {
		if ok[i], err = l.status(); err != nil {
			return nil, err
		}
	}
	return ok, nil
}
