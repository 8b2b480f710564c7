package qemu

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// Hold is the whole life of the process that holds a guest for another one, which
// started it with one of a pair of sockets as its standard input: it stops the
// guest, and continues it when the caller says so, when the caller is gone, when
// the time is over, or when ctx ends. It continues nothing but what it stopped, and
// not once somebody else has done something to the guest.
func Hold(ctx context.Context) error {
	// The caller's terminal is not this process's, and neither is its end.
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	// Root's memory is tight as well at times: this process has little, and is what the
	// guest goes on by. To others it is refused.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("-900"), 0)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	control, err := unixConn(os.Stdin)
	if err != nil {
		return memaccess.Errorf("volint run --pause does", "%s is nothing to start by hand", HolderCommand)
	}
	defer control.Close()
	o, conn, in, err := receiveOrder(control)
	if err != nil {
		return memaccess.Errorf("volint run --pause does", "%s is nothing to start by hand: %w", HolderCommand, err)
	}
	h := newHolder(control, o)
	h.qemu = qmp.Resume(conn, o.Path, o.Rest, qmp.Options{Events: h.happened, Timeout: forGood})
	go h.wishes(in)
	go h.speak()
	h.finish(h.hold(ctx))
	return nil
}

// holder holds a guest for another process.
type holder struct {
	control *net.UnixConn
	order   order
	qemu    *qmp.Conn

	wish    chan wish
	events  chan qmp.Event // to be told
	told    chan struct{}  // closed when all events are
	stands  atomic.Bool    // by the last event of the guest's being stopped or continued
	resumed atomic.Uint64  // how often it was continued
	before  uint64         // how often it had been when it was stopped here
	state   state          // what the note says
	note    string         // path of the state's file
}

const (
	// prompt is how long QEMU may take to stop the guest.
	prompt = 10 * time.Second
	// forGood is how long a QEMU is waited for that does not answer when the guest is
	// to go on: there is nothing better to do.
	forGood = 30 * 24 * time.Hour
)

func newHolder(control *net.UnixConn, o order) *holder {
	return &holder{
		control: control, order: o, wish: make(chan wish),
		// So many fit; what comes when the caller does not read is dropped.
		events: make(chan qmp.Event, 1024), told: make(chan struct{}),
	}
}

// happened passes QEMU's events on. It may not wait for the caller, who may be
// stopped for good.
func (h *holder) happened(e qmp.Event) {
	switch e.Name {
	case "RESUME":
		h.resumed.Add(1)
		h.stands.Store(false)
	case "STOP":
		h.stands.Store(true)
	}
	select {
	case h.events <- e:
	default:
	}
}

// speak tells the caller of events.
func (h *holder) speak() {
	defer close(h.told)
	for e := range h.events {
		h.say(said{Event: &e})
	}
}

// say tells the caller something, unless it does not listen.
func (h *holder) say(s said) {
	_ = h.control.SetWriteDeadline(time.Now().Add(2 * time.Second))
	_ = json.NewEncoder(h.control).Encode(s)
}

// wishes takes what the caller sends, and closes the channel at its end.
func (h *holder) wishes(in *json.Decoder) {
	defer close(h.wish)
	for {
		var w wish
		if err := in.Decode(&w); err != nil {
			return
		}
		h.wish <- w
	}
}

// hold stops the guest, waits, and continues it.
func (h *holder) hold(ctx context.Context) (out outcome) {
	end := time.Now().Add(time.Duration(h.order.HoldMS) * time.Millisecond)
	ours, err := h.stop(end)
	if err != nil {
		out.fail(err)
		return out
	}
	if !ours {
		return outcome{Stood: true}
	}
	defer func() {
		// Whatever goes wrong here, the guest must not stand for it.
		if v := recover(); v != nil {
			_ = h.proceed(&out)
			out.fail(fmt.Errorf("the process that held the guest panicked: %v", v))
		}
	}()
	h.say(said{Standing: true})
	h.wait(ctx, end, &out)
	if err := h.proceed(&out); err != nil {
		out.fail(err)
	}
	return out
}

// stop stops the guest if it runs, and reports whether it did.
func (h *holder) stop(until time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), prompt)
	defer cancel()
	running, err := runState(ctx, h.qemu)
	if err != nil || running != "running" {
		return false, err
	}
	started, _ := startTime(os.Getpid())
	h.state = state{
		Path: h.order.Path, Process: h.order.Process, Started: h.order.Started,
		Holder: os.Getpid(), HolderStarted: started, Until: until,
	}
	// Before the guest is stopped: this process may be killed at any time.
	if h.note, err = h.state.write(); err != nil {
		return false, memaccess.Errorf("let XDG_RUNTIME_DIR name a folder of yours", "the note that the guest is held can't be written: %w", err)
	}
	if h.stands.Load() { // by somebody else's doing, since it was asked
		h.forget()
		return false, nil
	}
	err = h.qemu.Execute(ctx, "stop", nil, nil)
	h.before = h.resumed.Load()
	if isRefusal(err) {
		h.forget()
		return false, err
	}
	if err != nil {
		// QEMU may still do it, whenever it reads that.
		_ = h.proceed(new(outcome))
		return false, err
	}
	return true, nil
}

// wait returns when the guest is to be continued.
func (h *holder) wait(ctx context.Context, end time.Time, out *outcome) {
	for {
		timer := time.NewTimer(time.Until(end))
		select {
		case w, ok := <-h.wish:
			if !ok || w.Release {
				return
			}
			if later := time.Now().Add(time.Duration(w.HoldMS) * time.Millisecond); later.After(end) {
				end, h.state.Until = later, later
				_, _ = h.state.write() // the old one does as well, but for the time
			}
		case <-timer.C:
			out.Over = true
			return
		case <-ctx.Done():
			out.Meddled = "the process that held the guest was told to end, and continued it"
			return
		case <-h.qemu.Done():
			return
		}
		timer.Stop()
	}
}

// proceed continues the guest, if it stands as this process left it.
func (h *holder) proceed(out *outcome) error {
	ctx := context.Background()
	now, err := runState(ctx, h.qemu)
	if err != nil {
		return err
	}
	if h.resumed.Load() != h.before || !standsStill(now) {
		out.Meddled = "the guest did not stay as it was while it was to stand: it is now " + now
		if h.resumed.Load() != h.before {
			out.Meddled = "somebody else continued the guest while it was to stand; it is now " + now
		}
		h.forget()
		return nil
	}
	if err := h.qemu.Execute(ctx, "cont", nil, nil); err != nil {
		return err
	}
	h.forget()
	return nil
}

func (h *holder) forget() {
	if h.note != "" {
		_ = os.Remove(h.note)
	}
	h.note = ""
}

// ended reports whether the emulator has ended, which takes a moment after its
// connections have.
func (h *holder) ended() bool {
	for range 50 {
		if !isAlive(h.order.Process, h.order.Started) {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// finish gives the connection back, with how it went.
func (h *holder) finish(out outcome) {
	_, rest, err := h.qemu.Detach()
	if err != nil && h.ended() {
		h.forget() // there is nothing to continue any more
	}
	close(h.events) // nobody adds to them any more
	<-h.told
	out.Rest = rest
	h.say(said{Outcome: &out})
}
