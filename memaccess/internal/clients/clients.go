// Package clients keeps a server's listeners and connections: how many there are,
// and how all of them end.
package clients

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// ErrClosed is what Serve and Go return after Close.
var ErrClosed = errors.New("the server is closed")

// Group is the listeners and connections of one server. The zero value has none.
type Group struct {
	mu      sync.Mutex
	closed  bool
	open    map[io.Closer]struct{}
	count   int
	running sync.WaitGroup
}

// Serve takes connections until the listener fails or Close is called; then it
// returns ErrClosed. It closes the listener. Where the system has no room for one
// more connection it waits and goes on.
func (g *Group) Serve(l net.Listener, log *slog.Logger, take func(net.Conn)) error {
	defer l.Close()
	if !g.keep(l) {
		return ErrClosed
	}
	defer g.forget(l)
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			take(conn)
		case g.Closed():
			return ErrClosed
		case isShortage(err):
			log.Warn("no more clients for now", "error", err)
			time.Sleep(50 * time.Millisecond)
		default:
			return err
		}
	}
}

// isShortage reports whether an accept may succeed later.
func isShortage(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Go runs a client in a goroutine of its own, so that one that reads nothing holds
// up nobody. Close closes conn, which must end run. Where most are running, or the
// group is closed, it is an error, and nothing happens.
func (g *Group) Go(conn io.Closer, most int, run func()) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return ErrClosed
	case g.count >= most:
		return fmt.Errorf("%d clients are connected, and no more are served", most)
	}
	g.add(conn)
	g.count++
	g.running.Add(1)
	go func() {
		defer g.running.Done()
		defer func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.count--
			delete(g.open, conn)
		}()
		run()
	}()
	return nil
}

func (g *Group) keep(l net.Listener) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.add(l)
	}
	return !g.closed
}

func (g *Group) add(c io.Closer) {
	if g.open == nil {
		g.open = make(map[io.Closer]struct{})
	}
	g.open[c] = struct{}{}
}

func (g *Group) forget(c io.Closer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, c)
}

// Count is how many clients there are.
func (g *Group) Count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

// Closed reports whether Close was called.
func (g *Group) Closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// Close ends all listeners and clients, and waits for the clients.
func (g *Group) Close() {
	g.mu.Lock()
	g.closed = true
	for c := range g.open {
		_ = c.Close()
	}
	g.mu.Unlock()
	g.running.Wait()
}
