package memaccess

import (
	"fmt"
	"io"
)

// chunk is how much of an answer is read and sent at a time. Up to this length an
// answer is one write: LibVMI and Volatility 2's original client take it by one
// read.
const chunk = 64 << 10

// client is one connection.
type client struct {
	server *Server
	conn   io.ReadWriter
	// buf is what answers are made in; it grows to a chunk and a status at most.
	buf []byte
}

// talk answers a client until it quits or leaves, which is no error.
func (s *Server) talk(rw io.ReadWriter) error {
	c := &client{server: s, conn: rw}
	var header [headerSize]byte
	for {
		if _, err := io.ReadFull(c.conn, header[:]); err != nil {
			if err == io.EOF {
				return nil
			}
			return fmt.Errorf("reading a request: %w", err)
		}
		req := parseRequest(&header)
		if req.kind == typeQuit {
			return nil
		}
		if err := c.answer(req); err != nil {
			return err
		}
	}
}

func (c *client) answer(req request) error {
	switch req.kind {
	case typeRead, typeWrite:
		if req.length > c.server.limit() {
			return fmt.Errorf("a request for %d bytes, and the limit is %d", req.length, c.server.limit())
		}
		if req.kind == typeWrite {
			return c.write(req.addr, req.length)
		}
		return c.read(req.addr, req.length)
	case typeHello:
		if req.addr == helloMagic && req.length == 0 {
			return c.hello()
		}
	}
	return c.status(failed)
}

func (c *client) hello() error {
	var features uint32
	if c.writer() != nil {
		features |= featureWritable
	}
	_, err := c.conn.Write(appendHello(nil, features, c.server.limit(), c.server.Source.Runs()))
	return err
}

// read answers n bytes and a status: after a failure zeros and 0. A long answer
// goes out in chunks, so that no client makes the server keep much; where memory
// fails in its middle, what went out before stands.
func (c *client) read(addr, n uint64) error {
	if n == 0 {
		return c.status(done)
	}
	where := locate(c.server.Source.Runs(), addr, n)
	ok := where == inMemory || where == inHole && n <= page && !c.server.FailHoles
	for sent := uint64(0); sent < n; {
		part := c.buffer(min(n-sent, chunk))
		if !ok || where == inHole {
			clear(part)
		} else if err := readFull(c.server.Source, part, addr+sent); err != nil {
			c.server.log().Warn("memory can't be read", "address", addr+sent, "length", len(part), "error", err)
			clear(part)
			ok = false
		}
		sent += uint64(len(part))
		if sent == n {
			part = append(part, status(ok))
		}
		if _, err := c.conn.Write(part); err != nil {
			return fmt.Errorf("sending an answer: %w", err)
		}
	}
	return nil
}

// write takes the n bytes that follow, whether they may be written or not, and
// answers a status.
func (c *client) write(addr, n uint64) error {
	w := c.writer()
	ok := w != nil && (n == 0 || locate(c.server.Source.Runs(), addr, n) == inMemory)
	for taken := uint64(0); taken < n; {
		part := c.buffer(min(n-taken, chunk))
		if _, err := io.ReadFull(c.conn, part); err != nil {
			return fmt.Errorf("reading what is to be written: %w", err)
		}
		if ok {
			if _, err := w.WriteAt(part, int64(addr+taken)); err != nil {
				c.server.log().Warn("memory can't be written", "address", addr+taken, "length", len(part), "error", err)
				ok = false
			}
		}
		taken += uint64(len(part))
	}
	return c.status(status(ok))
}

// writer is the source, if clients may write to it.
func (c *client) writer() Writer {
	w, ok := c.server.Source.(Writer)
	if !ok || !c.server.Writable {
		return nil
	}
	return w
}

// buffer returns n <= chunk bytes with room for a status behind them.
func (c *client) buffer(n uint64) []byte {
	if uint64(cap(c.buf)) < n+1 {
		c.buf = make([]byte, n+1)
	}
	return c.buf[:n]
}

func (c *client) status(b byte) error {
	_, err := c.conn.Write([]byte{b})
	return err
}

func status(ok bool) byte {
	if ok {
		return done
	}
	return failed
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
