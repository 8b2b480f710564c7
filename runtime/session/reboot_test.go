package session_test

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"

	"github.com/volint/volint/runtime/session"
)

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
			tasks := func() ([]byte, error) {
				run, err := s.Start(context.Background(), session.Request{Message: pslist})
				if err != nil {
					return nil, err
				}
				var rows bytes.Buffer
				_, _ = rows.ReadFrom(run.Frames())
				_, err = run.Wait()
				return rows.Bytes(), err
			}
			first, err := tasks()
			if err != nil || len(first) == 0 {
				t.Fatalf("%d bytes, %v", len(first), err)
			}
			g.off.Store(true)
			if rows, err := tasks(); code(err) != "not-memory" || len(rows) != 0 {
				t.Errorf("without a kernel: %d bytes, %v", len(rows), err)
			}
			g.off.Store(false)
			if rows, err := tasks(); err != nil || !bytes.Equal(rows, first) {
				t.Errorf("with one again: %d bytes and %d before, %v", len(rows), len(first), err)
			}
			g.change("the guest was reset")
			if rows, err := tasks(); err != nil || !bytes.Equal(rows, first) {
				t.Errorf("after it was reset: %d bytes and %d before, %v", len(rows), len(first), err)
			}
		})
	}
}
