package livetest

import (
	"sync"
	"testing"

	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// Shared are guests that the tests of a package share, one a backend, since each
// takes seconds to boot. A test leaves a guest as it got it: running, and the same.
// The zero value is ready.
type Shared struct {
	mu     sync.Mutex
	guests map[qemutest.Backend]*shared
}

type shared struct {
	guest *Guest
	owner *owner
}

// Guest returns the guest with a backend, and boots it the first time. Tests that
// share one don't run in parallel.
func (s *Shared) Guest(t testing.TB, b qemutest.Backend) *Guest {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if each, ok := s.guests[b]; ok {
		each.owner.TB = t
		return each.guest
	}
	o := &owner{TB: t}
	each := &shared{owner: o}
	defer func() {
		if each.guest == nil { // what has started of it ends
			o.end()
		}
	}()
	each.guest = Boot(o, Flat, b)
	if s.guests == nil {
		s.guests = make(map[qemutest.Backend]*shared)
	}
	s.guests[b] = each
	return each.guest
}

// Close ends the guests. It is called when all tests have ended.
func (s *Shared) Close() {
	for _, each := range s.guests {
		each.owner.end()
	}
}

// owner is what a shared guest takes for its test: what goes wrong is the test's
// that uses it at the time, and it ends when all have.
type owner struct {
	testing.TB
	ends []func()
}

func (o *owner) Cleanup(f func()) { o.ends = append(o.ends, f) }

func (o *owner) end() {
	for i := len(o.ends) - 1; i >= 0; i-- {
		o.ends[i]()
	}
}
