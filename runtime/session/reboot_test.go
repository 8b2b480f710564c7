package session_test

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/runtime/session"
)

// A server that ended costs the commands up to when it is there again, each of which
// is told so.
func TestServerComesBack(t *testing.T) {
	for _, setup := range []setup{setups[0], setups[2]} {
		t.Run(setup.name, func(t *testing.T) {
			cfg := setup.config(t)
			path, memory := serveImage(t, 0)
			cfg.Image = path
			s := open(t, cfg)
			first, err := tasksOf(s)
			if err != nil || len(first) == 0 {
				t.Fatalf("%d bytes, %v", len(first), err)
			}
			if err := memory.server.Close(); err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				if rows, err := tasksOf(s); code(err) != "unreadable-image" || len(rows) != 0 {
					t.Errorf("without a server, %d: %d bytes, %v", i, len(rows), err)
				}
			}
			memorytest.ServeBy(t, &memaccess.Server{Source: rawImage(t)}, path)
			if rows, err := tasksOf(s); err != nil || !bytes.Equal(rows, first) {
				t.Errorf("with one again: %d bytes and %d before, %v", len(rows), len(first), err)
			}
		})
	}
}

// Commands side by side are each told why none of them can run.
func TestNobodyServes(t *testing.T) {
	cfg := setups[0].config(t)
	path, memory := serveImage(t, 0)
	cfg.Image = path
	s := open(t, cfg)
	if err := memory.server.Close(); err != nil {
		t.Fatal(err)
	}
	var commands sync.WaitGroup
	for range 4 {
		commands.Add(1)
		go func() {
			defer commands.Done()
			if _, err := tasksOf(s); code(err) != "unreadable-image" {
				t.Errorf("without a server: %v", err)
			}
		}()
	}
	commands.Wait()
}

// tasksOf is what the list of processes has in a session.
func tasksOf(s *session.Session) ([]byte, error) {
	run, err := s.Start(context.Background(), session.Request{Message: pslist})
	if err != nil {
		return nil, err
	}
	var rows bytes.Buffer
	_, _ = rows.ReadFrom(run.Frames())
	_, err = run.Wait()
	return rows.Bytes(), err
}

// rebooting is a guest that has no kernel for a while.
type rebooting struct {
	*guest
	off atomic.Bool
}

func (r *rebooting) ReadAt(p []byte, addr int64) (int, error) {
	n, err := r.guest.ReadAt(p, addr)
	if r.off.Load() {
		clear(p[:n])
	}
	return n, err
}

// A worker that found the kernel of a guest notices that it is gone, and finds it
// again: a table without rows is no answer.
func TestGuestReboots(t *testing.T) {
	for _, setup := range setups[:2] {
		t.Run(setup.name, func(t *testing.T) {
			cfg := setup.config(t)
			g := &rebooting{guest: newGuest(t)}
			cfg.Image, cfg.Memory = "", g
			s := open(t, cfg)
			first, err := tasksOf(s)
			if err != nil || len(first) == 0 {
				t.Fatalf("%d bytes, %v", len(first), err)
			}
			g.off.Store(true)
			if rows, err := tasksOf(s); code(err) != "not-memory" || len(rows) != 0 {
				t.Errorf("without a kernel: %d bytes, %v", len(rows), err)
			}
			g.off.Store(false)
			if rows, err := tasksOf(s); err != nil || !bytes.Equal(rows, first) {
				t.Errorf("with one again: %d bytes and %d before, %v", len(rows), len(first), err)
			}
			g.change("the guest was reset")
			if rows, err := tasksOf(s); err != nil || !bytes.Equal(rows, first) {
				t.Errorf("after it was reset: %d bytes and %d before, %v", len(rows), len(first), err)
			}
		})
	}
}
