// Package qmpserve lets programs ask for memory as they ask an emulator: by the QMP
// command `pmemaccess`, as LibVMI does through libvirt, or by that line of the
// monitor's. The emulator then serves its memory on a socket at the path that was
// asked for, and so does a [Server] with a source's.
//
// It is a monitor for this alone. It says so by query-commands; of the rest of
// QEMU's commands it says, as QEMU would, that there is no such command.
package qmpserve

import (
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/internal/clients"
)

const (
	// maxClients is how many monitors may be connected.
	maxClients = 16
	// maxSockets is how many sockets are served that were asked for. The oldest makes
	// way for one more: LibVMI asks for another path each time.
	maxSockets = 64
	// patience is how long a client may take to go on with a command or to take an
	// answer, and idle how long it may be silent.
	patience = time.Minute
	idle     = time.Hour
)

// ErrServerClosed is what Serve returns after Close.
var ErrServerClosed error = memaccess.Errorf("", "the monitor is closed")

// Server is a monitor. It serves the user that it runs as, and root: a socket that
// is asked for is made with the rights of this process.
type Server struct {
	// Memory serves the sockets that are asked for.
	Memory *memaccess.Server
	// Listen makes such a socket; nil means memaccess.Listen.
	Listen func(path string) (net.Listener, error)
	// Log gets what clients do wrong; nil drops it.
	Log *slog.Logger

	group clients.Group

	mu      sync.Mutex
	closed  bool
	sockets []served // the oldest first
	serving sync.WaitGroup
}

// served is a socket that was asked for.
type served struct {
	path     string
	listener net.Listener
}

// Serve takes monitors until the listener fails or Close is called; then it returns
// ErrServerClosed. It closes the listener.
func (s *Server) Serve(l net.Listener) error {
	err := s.group.Serve(l, s.log(), s.start)
	if errors.Is(err, clients.ErrClosed) {
		return ErrServerClosed
	}
	return err
}

// Close ends the monitors and the sockets that were asked for. Clients of those
// sockets end with the server of the memory.
func (s *Server) Close() error {
	s.group.Close()
	s.mu.Lock()
	s.closed = true
	for _, socket := range s.sockets {
		_ = socket.listener.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
	return nil
}

func (s *Server) start(conn net.Conn) {
	err := memaccess.CheckPeer(conn, nil)
	if err == nil {
		err = s.group.Go(conn, maxClients, func() {
			defer conn.Close()
			if err := newMonitor(s, conn).talk(); err != nil && !s.group.Closed() {
				s.log().Info("monitor disconnected", "error", err)
			}
		})
	}
	if err != nil {
		_ = conn.Close()
		s.log().Warn("monitor refused", "error", err)
	}
}

// serveAt serves memory at a path, if it is not served there already.
func (s *Server) serveAt(path string) error {
	if !filepath.IsAbs(path) {
		return memaccess.Errorf("", "the path of the socket must begin with /: %q", path)
	}
	path = filepath.Clean(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrServerClosed
	}
	for _, socket := range s.sockets {
		if socket.path == path {
			return nil
		}
	}
	listen := s.Listen
	if listen == nil {
		listen = memaccess.Listen
	}
	l, err := listen(path)
	if err != nil {
		return err
	}
	if len(s.sockets) == maxSockets {
		_ = s.sockets[0].listener.Close() // its clients stay
		s.sockets = s.sockets[1:]
	}
	s.sockets = append(s.sockets, served{path, l})
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		if err := s.Memory.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, memaccess.ErrServerClosed) {
			s.log().Warn("a socket that was asked for is served no more", "path", path, "error", err)
		}
		s.forget(l)
	}()
	return nil
}

func (s *Server) forget(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, socket := range s.sockets {
		if socket.listener == l {
			s.sockets = append(s.sockets[:i:i], s.sockets[i+1:]...)
			return
		}
	}
}

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
