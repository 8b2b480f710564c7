package qemu

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// pause is what holds the guest, if anything does.
type pause struct {
	mu     sync.Mutex // held while a hold begins or ends
	held   *held
	closed bool
}

// held is a guest that a process of its own holds: the caller's side.
type held struct {
	users   int // of the hold; below pause.mu
	control *net.UnixConn
	command *exec.Cmd
	conn    *net.UnixConn // to QEMU

	standing chan struct{} // closed when the guest stands
	ended    chan struct{} // closed when the connection is here again
	outcome  outcome       // set before ended is closed
}

// How long it may take until the guest stands, and until it runs again and the
// connection is back. Tests are less patient.
var beginning, parting = 30 * time.Second, 15 * time.Second

// Pause stops the guest by a process of its own. Several may have it stand at the
// same time: it goes on when the last one releases it. While it stands, memory that
// is plugged in is not noticed.
func (m *memory) Pause(ctx context.Context, hold time.Duration) (release func() error, err error) {
	if hold <= 0 {
		hold = DefaultHold
	}
	m.pause.mu.Lock()
	defer m.pause.mu.Unlock()
	if m.pause.closed {
		return nil, m.orGone(os.ErrClosed)
	}
	if h := m.pause.held; h != nil && h.extend(hold) {
		h.users++
		return m.releaser(h), nil
	}
	resumed := m.guest.resumed.Load()
	h, err := m.startHolding(hold)
	if err != nil {
		return nil, err
	}
	select {
	case <-h.standing:
		h.users = 1
		m.pause.held = h
		return m.releaser(h), nil
	case <-h.ended:
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(beginning):
		err = memaccess.Errorf("QEMU may be busy or hung; try again, or look at its process", "the guest can't be stopped: QEMU does not answer")
	}
	if err == nil && h.outcome.Stood {
		return m.stood(resumed), nil
	}
	if err == nil {
		err = h.outcome.err()
	}
	if !h.part() { // which continues the guest, if it was stopped just then
		m.giveUp(h)
	}
	return nil, err
}

// giveUp ends a process that was to hold the guest and does not answer, unless it
// waits for QEMU with the guest in its hands.
func (m *memory) giveUp(h *held) {
	if note, _ := readState(m.path); note == nil || note.Holder != h.command.Process.Pid {
		_ = h.command.Process.Kill()
	}
}

// stood is the release of a guest that stood already.
func (m *memory) stood(resumed uint64) func() error {
	return func() error {
		if m.guest.resumed.Load() != resumed {
			return (&outcome{Meddled: "the guest, which stood, was continued by somebody else"}).err()
		}
		return m.orGone(nil)
	}
}

// releaser ends one use of a hold.
func (m *memory) releaser(h *held) func() error {
	return sync.OnceValue(func() error {
		m.pause.mu.Lock()
		defer m.pause.mu.Unlock()
		h.users--
		if h.users == 0 {
			if m.pause.held == h {
				m.pause.held = nil
			}
			if !h.part() {
				return memaccess.Errorf("if QEMU does not come back, look at its process; "+
					"`volint resume "+m.Name()+"` continues a guest that was left standing",
					"the guest may still stand: QEMU does not answer")
			}
		}
		select {
		case <-h.ended:
			err := h.outcome.err()
			if err != nil && !isAlive(m.process.id, m.process.started) {
				m.process.gone.Store(true) // which explains it
			}
			return m.orGone(err)
		default:
			return nil // others have it stand
		}
	})
}

// letGo ends a hold, whoever uses it, and begins no other.
func (m *memory) letGo() {
	m.pause.mu.Lock()
	defer m.pause.mu.Unlock()
	m.pause.closed = true
	if h := m.pause.held; h != nil {
		m.pause.held = nil
		h.part()
	}
}

// extend has the hold last as long as that from now on, and reports whether the
// guest stands.
func (h *held) extend(hold time.Duration) bool {
	select {
	case <-h.ended:
		return false
	default:
		return json.NewEncoder(h.control).Encode(wish{HoldMS: hold.Milliseconds()}) == nil
	}
}

// part tells the holder to continue the guest, and reports whether it did.
func (h *held) part() bool {
	_ = h.control.SetWriteDeadline(time.Now().Add(parting))
	_ = json.NewEncoder(h.control).Encode(wish{Release: true})
	_ = h.command.Process.Signal(syscall.SIGCONT) // it may have been stopped
	select {
	case <-h.ended:
		return true
	case <-time.After(parting):
		return false
	}
}

// listen takes what the holder says until it ends.
func (m *memory) listen(h *held) {
	defer close(h.ended)
	out := m.hear(h)
	_ = h.control.Close()
	_ = h.command.Wait()
	if out == nil {
		h.outcome = m.mend(h)
		return
	}
	h.outcome = *out
	m.reattach(h.conn, out.Rest, false)
}

// hear takes what the holder says, and returns the outcome, or nil if it died
// without one.
func (m *memory) hear(h *held) *outcome {
	standing := sync.OnceFunc(func() { close(h.standing) })
	in := json.NewDecoder(h.control)
	for {
		var s said
		if err := in.Decode(&s); err != nil {
			return nil
		}
		switch {
		case s.Standing:
			standing()
		case s.Event != nil:
			m.happened(*s.Event)
		case s.Outcome != nil:
			return s.Outcome
		}
	}
}

// mend takes over from a holder that was killed.
func (m *memory) mend(h *held) (out outcome) {
	c := m.reattach(h.conn, nil, true)
	out.Error = "the process that held the guest was killed"
	out.Hint = "the guest runs again; run the command again"
	note, file := readState(m.path)
	if note == nil || note.Holder != h.command.Process.Pid {
		out.Hint = "look whether " + h.command.Path + " is volint, of this version"
		return out
	}
	if err := continueGuest(context.Background(), c); err != nil {
		out.fail(err)
		return out
	}
	_ = os.Remove(file)
	return out
}

// standsStill reports whether a guest in this state stands as `stop` left it.
// Whoever resets it makes it one that is yet to start.
func standsStill(state string) bool { return state == "paused" || state == "prelaunch" }

// continueGuest continues a guest that stands by volint's doing.
func continueGuest(ctx context.Context, c *qmp.Conn) error {
	now, err := runState(ctx, c)
	if err != nil || !standsStill(now) {
		return err
	}
	return c.Execute(ctx, "cont", nil, nil)
}

// reattach takes the connection back.
func (m *memory) reattach(conn *net.UnixConn, rest []byte, torn bool) *qmp.Conn {
	o := m.qmpOptions()
	o.Torn = torn
	c := qmp.Resume(conn, m.path, rest, o)
	m.link.put(c)
	m.follow(c)
	// The guest may have been migrated while it stood.
	m.poke()
	return c
}
