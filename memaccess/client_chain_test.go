package memaccess_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

// rebooting is a machine that can be stopped, and has changes.
type rebooting struct {
	*pausable
	changes []string
}

func (g *rebooting) Changes() []string            { return g.changes }
func (g *rebooting) Identity() memaccess.Identity { return memaccess.Identity{Process: 5, Started: 6} }

// A server of a client of a server gives what the first one has.
func TestChain(t *testing.T) {
	g := &rebooting{pausable: newPausable()}
	first := &memaccess.Server{Source: g, Writable: true, AllowPause: true}
	middle := connect(t, start(t, first))
	second := &memaccess.Server{Source: middle, Writable: true, AllowPause: true, Limit: 3 * mib}
	c := connect(t, start(t, second))

	if diff := cmp.Diff(machine().Runs(), c.Runs()); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if c.Name() != g.Name() || c.Identity() != g.Identity() || !c.CanWrite() || !c.CanPause() {
		t.Errorf("name %q, identity %+v, writes %t, pauses %t", c.Name(), c.Identity(), c.CanWrite(), c.CanPause())
	}
	checkMemory(t, c)
	checkVector(t, c)
	if _, err := c.WriteAt([]byte("written"), 4*gib); err != nil {
		t.Error(err)
	}
	got := make([]byte, 7)
	if _, err := g.ReadAt(got, 4*gib); err != nil || string(got) != "written" {
		t.Errorf("there is %q, %v", got, err)
	}
	release, err := c.Pause(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	g.check(t, true, 1)
	if err := release(); err != nil {
		t.Error(err)
	}
	g.goesOn(t)
	g.check(t, false, 1)
	g.changes = []string{"the guest was reset"}
	if diff := cmp.Diff(g.changes, c.Changes()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

// What the first server does not have, the second has not.
func TestChainOfLess(t *testing.T) {
	first := &memaccess.Server{Source: &rebooting{pausable: newPausable()}}
	second := &memaccess.Server{Source: connect(t, start(t, first)), Writable: true, AllowPause: true}
	if c := connect(t, start(t, second)); c.CanWrite() || c.CanPause() {
		t.Errorf("writes %t, pauses %t", c.CanWrite(), c.CanPause())
	}
}

// An original gets what the extension has.
func TestChainOfOriginal(t *testing.T) {
	first := connect(t, (&speaker{memory: emulated()}).original(original{}).listen(t))
	c := connect(t, start(t, &memaccess.Server{Source: first}))
	checkMemory(t, c)
	checkVector(t, c)
	if c.Identity() != first.Identity() || !c.Identity().Live() {
		t.Errorf("identity %+v, want %+v", c.Identity(), first.Identity())
	}
}

// Descriptors are passed on.
func TestChainOfFiles(t *testing.T) {
	s := inFiles(t, 0)
	c := connect(t, start(t, &memaccess.Server{Source: connect(t, s.listen(t))}))
	for i, run := range c.Runs() {
		f, _ := c.File(run)
		if (f != nil) != (i > 0) {
			t.Errorf("run %+v: file %v", run, f)
		}
	}
	before := s.requests.Load()
	got := make([]byte, 4096)
	if _, err := c.ReadAt(got, 4*gib); err != nil || !bytes.Equal(got, contents(4*gib, 4096)) {
		t.Errorf("a read of what lies in a file: %v", err)
	}
	if n := s.requests.Load() - before; n > 0 {
		t.Errorf("%d requests for it", n)
	}
}
