package memaccess

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// inboxSize is how much of what a client sends is read ahead: more than a hundred
// requests, or the list of a vectored read of most lengths.
const inboxSize = 4096

// peer is one connection.
type peer struct {
	server *Server
	conn   stream
	who    credentials
	// in is what the client sent. What is in out is sent before anything is waited
	// for, so that requests that came together are answered together.
	in  *bufio.Reader
	out answer
	// view is the dump, mapped, or nil where the connection can't send from it.
	view *view
	// begun says that a part of a request is there.
	begun bool
	// changes is how many there were of the guest's when the client came.
	changes int
	// list and statuses are a vectored read's, and kept for the next.
	list, statuses []byte
	// vector is the source if it reads many ranges at once, and collected those that
	// it is to read, for the statuses of that number.
	vector      VectorReader
	collected   []Range
	collectedOf []int
}

func newPeer(s *Server, conn stream, who credentials) *peer {
	p := &peer{server: s, conn: conn, who: who}
	p.in = bufio.NewReaderSize(inbox{p}, inboxSize)
	if _, ok := conn.(gatherer); ok && len(s.view.parts) > 0 {
		p.view = &s.view
	}
	p.vector, _ = s.Source.(VectorReader)
	if guest, ok := s.Source.(Guest); ok {
		p.changes = len(guest.Changes())
	}
	return p
}

// inbox reads what a client sends.
type inbox struct{ *peer }

func (i inbox) Read(b []byte) (int, error) {
	p := i.peer
	if err := p.flush(); err != nil {
		return 0, err
	}
	patience := p.server.idleTimeout()
	if p.begun {
		patience = p.server.writeTimeout()
	}
	n, err := p.conn.read(b, patience)
	p.begun = true
	return n, err
}

// talk answers a client until it quits or leaves, which is no error.
func (p *peer) talk() error {
	for {
		p.begun = p.in.Buffered() > 0
		header, err := p.in.Peek(headerSize)
		if err != nil {
			return ending(err, len(header))
		}
		req := parseRequest(header)
		_, _ = p.in.Discard(headerSize)
		if req.kind == typeQuit {
			return p.flush()
		}
		if err := p.answer(req); err != nil {
			return err
		}
	}
}

// ending says why a client was not heard further, after had bytes of a request.
func ending(err error, had int) error {
	switch {
	case err == io.EOF && had == 0:
		return nil
	case err == io.EOF:
		return fmt.Errorf("the client left in the middle of a request")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the client said nothing for too long")
	}
	return fmt.Errorf("reading a request: %w", err)
}

func (p *peer) answer(req request) error {
	p.server.counts.request(req.kind)
	switch {
	case req.kind == typeRead || req.kind == typeWrite:
		if req.length > p.server.limit() {
			return p.hangUp("a request for %d bytes, and the limit is %d", req.length, p.server.limit())
		}
		if req.kind == typeWrite {
			return p.write(req.addr, req.length)
		}
		return p.read(req.addr, req.length)
	case req.kind == typeVectored:
		return p.vectored(req.addr, req.length)
	case req.kind == typeHello && req.addr == helloMagic && req.length == 0:
		return p.hello()
	case req.kind == typeDescriptor && req.length == 0:
		return p.descriptor()
	case req.kind == typePause && req.length == 0:
		return p.status(p.server.holds.pause(p, milliseconds(req.addr)))
	case req.kind == typeContinue && req.length == 0:
		return p.status(p.server.holds.resume(p))
	case req.kind == typeStatus && req.length == 0:
		return p.counters()
	}
	return p.status(false)
}

// hangUp ends a connection for what the client did. What was answered before is
// sent first.
func (p *peer) hangUp(format string, args ...any) error {
	return errors.Join(fmt.Errorf(format, args...), p.flush())
}

// hello tells what there is.
func (p *peer) hello() error {
	s := p.server
	a := &about{
		features: featureVectored,
		limit:    s.limit(),
		runs:     s.Source.Runs(),
		identity: s.Source.Identity(),
		name:     s.Source.Name(),
		trouble:  p.trouble(),
	}
	if files, _ := p.files(a.runs); len(files) > 0 {
		a.features |= featureDescriptor
	}
	if s.holds.offered() {
		a.features |= featurePause
	}
	if s.writer() != nil {
		a.features |= featureWritable
	}
	if a.identity.Live() {
		a.features |= featureLive
	}
	return p.add(appendHello(nil, a))
}

// trouble is what happened last to the guest since the client came.
func (p *peer) trouble() string {
	guest, ok := p.server.Source.(Guest)
	if !ok {
		return ""
	}
	changes := guest.Changes()
	if len(changes) <= p.changes {
		return ""
	}
	return changes[len(changes)-1]
}

// write takes the n bytes that follow, whether they may be written or not, and
// answers a status.
func (p *peer) write(addr, n uint64) error {
	w := p.server.writer()
	ok := w != nil && (n == 0 || locate(w.Runs(), addr, n) == inMemory)
	for taken := uint64(0); taken < n; {
		part, err := p.take(int(min(n-taken, chunk)))
		if err != nil {
			return fmt.Errorf("reading what is to be written: %w", err)
		}
		if ok {
			if _, err := w.WriteAt(part, int64(addr+taken)); err != nil {
				p.server.log().Warn("memory can't be written", "address", addr+taken, "length", len(part), "error", err)
				ok = false
			}
		}
		taken += uint64(len(part))
	}
	if ok {
		p.server.counts.written.Add(n)
	}
	return p.status(ok)
}

// take returns the next n <= chunk bytes that the client sends. They are good
// until the next call.
func (p *peer) take(n int) ([]byte, error) {
	if cap(p.list) < n {
		p.list = make([]byte, n)
	}
	b := p.list[:n]
	_, err := io.ReadFull(p.in, b)
	return b, err
}

// milliseconds is a time of that many, or the longest that there is.
func milliseconds(n uint64) time.Duration {
	const most = uint64(1<<63-1) / uint64(time.Millisecond)
	return time.Duration(min(n, most)) * time.Millisecond
}
