package memaccess

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/volint/volint/memaccess/internal/clients"
)

// What a Server does unless it is told otherwise.
const (
	// DefaultLimit is the longest request, in bytes.
	DefaultLimit = 64 << 20
	// DefaultMaxClients is how many clients are served at once.
	DefaultMaxClients = 256
	// DefaultIdleTimeout is how long a client may ask nothing.
	DefaultIdleTimeout = time.Hour
	// DefaultWriteTimeout is how long a client may take to go on with a request or an
	// answer.
	DefaultWriteTimeout = time.Minute
	// DefaultMaxHold is how long clients may stop the guest.
	DefaultMaxHold = time.Minute
)

// ErrServerClosed is what Serve returns after Close.
var ErrServerClosed error = Errorf("", "the memory server is closed")

// Server serves a Source to any number of clients. The fields are not to be
// changed once it serves.
//
// On a UNIX socket it serves the user that it runs as, root, and AllowUIDs. Other
// connections, of a listener of the program's own, are served as they are, and get
// no descriptors and no counters.
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
	// AllowPause lets clients stop the guest, where Source is a Pauser.
	AllowPause bool
	// MaxHold is how long the guest may stand at a time; 0 means DefaultMaxHold.
	MaxHold time.Duration
	// MaxClients is how many clients are served at once; 0 means DefaultMaxClients.
	// One more is disconnected at once.
	MaxClients int
	// IdleTimeout is how long a client may ask nothing, and WriteTimeout how long it
	// may take to send the next byte of a request, or to take 64 KiB of an answer. It
	// is disconnected then. 0 means DefaultIdleTimeout and DefaultWriteTimeout; less
	// than 0 is for ever.
	IdleTimeout, WriteTimeout time.Duration
	// AllowUIDs are users that may connect, beside root and the one that the server
	// runs as. Listen's socket lets nobody else in: make it by ListenMode.
	AllowUIDs []int
	// Log gets what clients do wrong and what can't be read; nil drops it.
	Log *slog.Logger

	counts  counts
	holds   holds
	threads threads
	view    view

	group clients.Group
	begun sync.Once
	ended sync.Once
}

// Serve takes connections until the listener fails or Close is called; then it
// returns ErrServerClosed. It closes the listener. Each client has a goroutine of
// its own, so that one that reads nothing holds up nobody. Several listeners may be
// served at once.
func (s *Server) Serve(l net.Listener) error {
	s.begun.Do(s.prepare)
	err := s.group.Serve(l, s.log(), s.serve)
	if errors.Is(err, clients.ErrClosed) {
		return ErrServerClosed
	}
	return err
}

// prepare makes what the zero value lacks.
func (s *Server) prepare() {
	s.counts.since.Store(time.Now().UnixNano())
	s.threads = newStaying(s.idleTimeout())
	s.view = newView(s.Source)
	s.holds.server = s
	s.holds.ctx, s.holds.stop = context.WithCancel(context.Background())
}

// serve starts to serve a client, or refuses it.
func (s *Server) serve(accepted net.Conn) {
	if err := s.start(accepted); err != nil {
		_ = accepted.Close()
		s.counts.refused.Add(1)
		s.log().Warn("client refused", "error", err)
	}
}

func (s *Server) start(accepted net.Conn) error {
	who, err := credentialsOf(accepted)
	if err != nil {
		return err
	}
	if err := who.admit(s.AllowUIDs); err != nil {
		return err
	}
	conn, err := newStream(accepted, s.threads)
	if err != nil {
		return err
	}
	err = s.group.Go(conn, s.maxClients(), func() {
		s.counts.accepted.Add(1)
		defer conn.end()
		p := newPeer(s, conn, who)
		defer s.holds.resume(p)
		if err := p.talk(); err != nil && !s.group.Closed() {
			s.log().Info("client disconnected", "error", err)
		}
	})
	if err != nil {
		conn.end()
		return err
	}
	return nil
}

// Close ends all connections and Serve, and returns once no client is served any
// more and the guest goes on. A socket file that Listen made is removed.
func (s *Server) Close() error {
	s.begun.Do(s.prepare)
	s.holds.stop()
	s.group.Close()
	s.ended.Do(s.view.close)
	return nil
}

// writer is the source, if clients may write to it.
func (s *Server) writer() Writer {
	if w, ok := WriterOf(s.Source); ok && s.Writable {
		return w
	}
	return nil
}

func (s *Server) limit() uint64               { return or(s.Limit, DefaultLimit) }
func (s *Server) maxClients() int             { return or(s.MaxClients, DefaultMaxClients) }
func (s *Server) maxHold() time.Duration      { return or(s.MaxHold, DefaultMaxHold) }
func (s *Server) idleTimeout() time.Duration  { return or(s.IdleTimeout, DefaultIdleTimeout) }
func (s *Server) writeTimeout() time.Duration { return or(s.WriteTimeout, DefaultWriteTimeout) }

// or is v, or where that is zero what is done unless told otherwise.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
