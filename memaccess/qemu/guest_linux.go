package qemu

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/volint/volint/memaccess/qemu/qmp"
)

// The changes that are told.
const (
	changeReset    = "the guest was reset"
	changeShutdown = "the guest was shut down"
	changeMigrated = "the guest was migrated away"
	changeLoaded   = "a snapshot was loaded into the guest"
	changeEnded    = "the guest's emulator ended"
	changeLost     = "QEMU closed the connection, so that resets of the guest can't be noticed"
)

// guest is what became of the guest.
type guest struct {
	mu      sync.Mutex
	changes []string
	jobs    map[string]bool // that began, and whose type was not looked at; below mu

	resumed atomic.Uint64 // how often it was continued
	look    chan struct{} // something may be to see: has room for one
	ended   chan struct{} // closed when the emulator has ended
}

func newGuest() guest {
	return guest{look: make(chan struct{}, 1), ended: make(chan struct{})}
}

// mostChanges bounds what a guest that resets itself all the time can make this
// process keep.
const mostChanges = 1 << 16

func (g *guest) changed(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.changes) < mostChanges {
		g.changes = append(g.changes, what)
	}
}

// Changes are what happened to the guest: resets, its shutdown, its emulator's end,
// its migration to another machine.
func (m *memory) Changes() []string {
	m.guest.mu.Lock()
	defer m.guest.mu.Unlock()
	return m.guest.changes[:len(m.guest.changes):len(m.guest.changes)]
}

// happened takes QEMU's events. It is called between them, and must not wait.
func (m *memory) happened(e qmp.Event) {
	switch e.Name {
	case "RESET":
		m.guest.changed(changeReset)
		m.stale.Store(true)
	case "SHUTDOWN":
		m.guest.changed(changeShutdown)
	case "RESUME":
		m.guest.resumed.Add(1)
	case "STOP":
		m.poke()
	case "JOB_STATUS_CHANGE":
		m.noteJob(e.Data)
	case "DEVICE_DELETED", "MEMORY_DEVICE_SIZE_CHANGE":
		m.stale.Store(true)
	}
}

// poke has lookWhy run soon.
func (m *memory) poke() {
	select {
	case m.guest.look <- struct{}{}:
	default:
	}
}

// start begins to watch the emulator.
func (m *memory) start(c *qmp.Conn) {
	go func() {
		if m.process.watch(m.closed) {
			m.hearOut()
			m.guest.changed(changeEnded)
			close(m.guest.ended)
		}
	}()
	go func() {
		for {
			select {
			case <-m.guest.look:
				m.lookWhy()
				m.lookAtJobs()
			case <-m.closed:
				return
			}
		}
	}()
	m.follow(c)
}

// hearOut has what QEMU said before it ended, such as that the guest was shut down,
// told before its end: it may still be on its way.
func (m *memory) hearOut() {
	c := m.link.get()
	if c == nil {
		return
	}
	select {
	case <-c.Done():
	case <-m.closed:
	case <-time.After(time.Second): // another process has the connection too
	}
}

// follow notices the end of a connection that was not ended here.
func (m *memory) follow(c *qmp.Conn) {
	go func() {
		<-c.Done()
		if !m.link.drop(c) {
			return
		}
		_ = c.Close()
		// Mostly it is the emulator's end, which is the better thing to tell.
		select {
		case <-m.guest.ended:
		case <-m.closed:
		case <-time.After(time.Second):
			m.guest.changed(changeLost)
		}
	}()
}

// lookWhy asks why the guest stands. No event tells that it was migrated.
func (m *memory) lookWhy() {
	for {
		c := m.link.get()
		if c == nil {
			return // held: asked when that is over
		}
		state, err := runState(context.Background(), c)
		switch {
		case err != nil:
			return
		case state == "postmigrate":
			m.guest.changed(changeMigrated)
			return
		case state != "finish-migrate":
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-m.closed:
			return
		}
	}
}

// runState asks for the guest's state: "running", "paused" and others.
func runState(ctx context.Context, c *qmp.Conn) (string, error) {
	var s struct{ Status string }
	err := c.Execute(ctx, "query-status", nil, &s)
	return s.Status, err
}
