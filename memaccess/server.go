package memaccess

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// DefaultLimit is the longest request that a Server takes unless it is told
// otherwise, in bytes.
const DefaultLimit = 64 << 20

// ErrServerClosed is what Serve returns after Close.
var ErrServerClosed = errors.New("memaccess: the server is closed")

// Server serves a Source to any number of clients. The fields are not to be
// changed once it serves.
type Server struct {
	// Source is the memory. Closing the server does not close it.
	Source Source
	// Limit is the longest read or write that is taken, in bytes; 0 means
	// DefaultLimit. A client that asks for more is disconnected.
	Limit uint64
	// FailHoles makes every read in a hole fail. The original answers one of a page
	// or less with zeros, and so does a server unless this is set.
	FailHoles bool
	// Writable lets clients write, where Source is a Writer.
	Writable bool
	// Log gets what clients do wrong and what can't be read; nil drops it.
	Log *slog.Logger

	mu      sync.Mutex
	closed  bool
	open    map[interface{ Close() error }]struct{} // listeners and connections
	clients sync.WaitGroup
}

// Serve takes connections until the listener fails or Close is called; then it
// returns ErrServerClosed. It closes the listener. Each client has a goroutine of
// its own, so that one that reads nothing holds up nobody.
func (s *Server) Serve(l net.Listener) error {
	if !s.hold(l) {
		_ = l.Close()
		return ErrServerClosed
	}
	defer s.release(l)
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.serve(conn)
		case s.isClosed():
			return ErrServerClosed
		case isShortage(err):
			s.log().Warn("no more clients for now", "error", err)
			time.Sleep(50 * time.Millisecond)
		default:
			return err
		}
	}
}

func (s *Server) serve(conn net.Conn) {
	if !s.hold(conn) {
		_ = conn.Close()
		return
	}
	go func() {
		defer s.clients.Done()
		defer s.release(conn)
		if err := s.talk(conn); err != nil && !s.isClosed() {
			s.log().Info("client disconnected", "error", err)
		}
	}()
}

// Close ends all connections and Serve, and returns once no client is served any
// more. A socket file that Listen made is removed.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.clients.Wait()
	return nil
}

// hold keeps c to be closed by Close; false means that the server is closed.
func (s *Server) hold(c interface{ Close() error }) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.open == nil {
		s.open = make(map[interface{ Close() error }]struct{})
	}
	s.open[c] = struct{}{}
	if _, ok := c.(net.Conn); ok {
		s.clients.Add(1)
	}
	return true
}

func (s *Server) release(c interface{ Close() error }) {
	_ = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Server) limit() uint64 {
	if s.Limit == 0 {
		return DefaultLimit
	}
	return s.Limit
}

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
