package memaccess_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/volint/volint/memaccess"
)

// pausable is a machine that can be stopped.
type pausable struct {
	*memory

	mu      sync.Mutex
	stands  bool
	pauses  int
	refuses error
	over    error // what release says
	changed chan struct{}
}

func newPausable() *pausable {
	return &pausable{memory: machine(), changed: make(chan struct{}, 100)}
}

func (p *pausable) Pause(_ context.Context, hold time.Duration) (func() error, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuses != nil {
		return nil, p.refuses
	}
	if hold <= 0 {
		return nil, errors.New("no hold")
	}
	p.stands = true
	p.pauses++
	return func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stands = false
		p.changed <- struct{}{}
		return p.over
	}, nil
}

func (p *pausable) check(t *testing.T, stands bool, pauses int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stands != stands || p.pauses != pauses {
		t.Errorf("stands %t after %d pauses, want %t after %d", p.stands, p.pauses, stands, pauses)
	}
}

// goesOn waits for the guest to be continued.
func (p *pausable) goesOn(t *testing.T) {
	t.Helper()
	select {
	case <-p.changed:
	case <-time.After(time.Minute):
		t.Fatal("the guest still stands")
	}
}

func ask(t *testing.T, conn net.Conn, kind byte, addr uint64) byte {
	t.Helper()
	send(t, conn, header(kind, addr, 0))
	return receive(t, conn, 1)[0]
}

const (
	pause = 0x83
	cont  = 0x84
)

func TestPause(t *testing.T) {
	guest := newPausable()
	path := start(t, &memaccess.Server{Source: guest, AllowPause: true})
	a, b := dial(t, path), dial(t, path)
	if features, _ := sayHello(t, a); features != 4|1 {
		t.Errorf("features %b", features)
	}
	steps := []struct {
		conn   net.Conn
		kind   byte
		answer byte
		stands bool
		pauses int
	}{
		{a, cont, 0, false, 0},
		{a, pause, 1, true, 1},
		{b, cont, 0, true, 1},
		{b, pause, 1, true, 1},
		{b, pause, 1, true, 1}, // one a connection
		{a, cont, 1, true, 1},
		{a, cont, 0, true, 1},
		{b, cont, 1, false, 1},
		{b, pause, 1, true, 2},
		{b, cont, 1, false, 2},
	}
	for i, s := range steps {
		if got := ask(t, s.conn, s.kind, 0); got != s.answer {
			t.Errorf("step %d: %d", i, got)
		}
		guest.check(t, s.stands, s.pauses)
	}
	guest.refuses = errors.New("no")
	if got := ask(t, a, pause, 0); got != 0 {
		t.Errorf("a pause that failed: %d", got)
	}
}

// Two clients hold the guest, and one goes without a word.
func TestPauseClientGoes(t *testing.T) {
	guest := newPausable()
	path := start(t, &memaccess.Server{Source: guest, AllowPause: true})
	a, b := dial(t, path), dial(t, path)
	ask(t, a, pause, 0)
	ask(t, b, pause, 0)
	_ = a.Close()
	send(t, b, header(1, 0x1000, 1))
	receive(t, b, 2)
	guest.check(t, true, 1)
	_ = b.Close()
	guest.goesOn(t)
}

// A hold ends by itself: when the client said, at the server's longest, and for
// clients that take turns.
func TestPauseEnds(t *testing.T) {
	t.Run("asked", func(t *testing.T) {
		guest := newPausable()
		conn := dial(t, start(t, &memaccess.Server{Source: guest, AllowPause: true}))
		ask(t, conn, pause, 1)
		guest.goesOn(t)
		if got := ask(t, conn, cont, 0); got != 0 {
			t.Error("the client is not told that the guest went on before")
		}
	})
	t.Run("longest", func(t *testing.T) {
		guest := newPausable()
		conn := dial(t, start(t, &memaccess.Server{Source: guest, AllowPause: true, MaxHold: time.Millisecond}))
		ask(t, conn, pause, 1<<63)
		guest.goesOn(t)
	})
	t.Run("turns", func(t *testing.T) {
		guest := newPausable()
		path := start(t, &memaccess.Server{Source: guest, AllowPause: true, MaxHold: 20 * time.Millisecond})
		conns := []net.Conn{dial(t, path), dial(t, path)}
		for i := 0; ; i++ {
			ask(t, conns[i%2], pause, 0)
			select {
			case <-guest.changed:
				return
			default:
			}
			if i > 1e6 {
				t.Fatal("clients that take turns hold the guest for ever")
			}
		}
	})
	t.Run("the guest's own", func(t *testing.T) {
		guest := newPausable()
		guest.over = errors.New("the hold was over")
		conn := dial(t, start(t, &memaccess.Server{Source: guest, AllowPause: true}))
		ask(t, conn, pause, 0)
		if got := ask(t, conn, cont, 0); got != 0 {
			t.Error("the client is not told")
		}
	})
}

// Close lets the guest go on before it returns.
func TestPauseClose(t *testing.T) {
	guest := newPausable()
	server := &memaccess.Server{Source: guest, AllowPause: true}
	conn := dial(t, start(t, server))
	ask(t, conn, pause, 0)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	guest.check(t, false, 1)
}

// Nobody stops the guest of a server that was not told to let them.
func TestPauseNotAllowed(t *testing.T) {
	guest := newPausable()
	conn := dial(t, start(t, &memaccess.Server{Source: guest}))
	if features, _ := sayHello(t, conn); features != 1 {
		t.Errorf("features %b", features)
	}
	if got := ask(t, conn, pause, 0); got != 0 {
		t.Errorf("pause: %d", got)
	}
	guest.check(t, false, 0)
}
