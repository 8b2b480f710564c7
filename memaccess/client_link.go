package memaccess

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
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
		// EPIPE: the request has reached nobody.
		retry := used && !l.answered && l.client.first != nil && (again && isHangUp(err) || errors.Is(err, syscall.EPIPE))
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
	switch {
	case err == nil && b == '{': // of QMP's greeting
		err = Errorf("give the guest of that emulator, by this socket: qemu:"+l.client.path,
			"%s is a QMP socket, which serves no memory", l.client.path)
	case err == nil && b > done:
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
