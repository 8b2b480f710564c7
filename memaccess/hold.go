package memaccess

import (
	"context"
	"sync"
	"time"
)

// pausePatience is how long a guest may take to stop.
const pausePatience = 10 * time.Second

// holds are the clients for whom the guest stands. It goes on when the last of
// them wants it to or is gone, and MaxHold after it was stopped in any case: clients
// that take turns can't hold it for longer.
type holds struct {
	server *Server
	// stop ends a Pause that is under way.
	ctx  context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	of      map[*peer]*time.Timer
	release func() error
	until   time.Time
}

// offered reports whether clients may stop the guest.
func (h *holds) offered() bool {
	_, ok := PauserOf(h.server.Source)
	return ok && h.server.AllowPause
}

// pause stops the guest for a client, for a time of at most asked; 0 leaves that to
// the server. A client that paused already begins anew. It reports whether the guest
// stands.
func (h *holds) pause(p *peer, asked time.Duration) bool {
	if !h.offered() {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	most := h.server.maxHold()
	if len(h.of) == 0 && !h.begin(most) {
		return false
	}
	most = min(most, time.Until(h.until))
	if most <= 0 {
		return false // the timers are about to fire
	}
	if asked > 0 {
		most = min(most, asked)
	}
	if timer := h.of[p]; timer != nil {
		timer.Stop()
	}
	var timer *time.Timer
	timer = time.AfterFunc(most, func() { h.expire(p, &timer) })
	h.of[p] = timer
	return true
}

// begin stops the guest.
func (h *holds) begin(most time.Duration) bool {
	ctx, cancel := context.WithTimeout(h.ctx, pausePatience)
	defer cancel()
	release, err := h.server.Source.(Pauser).Pause(ctx, most)
	if err != nil {
		h.server.log().Warn("the guest can't be stopped", "error", err)
		return false
	}
	h.release, h.until = release, time.Now().Add(most)
	h.of = make(map[*peer]*time.Timer)
	return true
}

// expire ends the hold that the timer was set for. The timer's variable is set
// while the lock is held.
func (h *holds) expire(p *peer, timer **time.Timer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of[p] == *timer {
		h.server.log().Warn("a client held the guest for too long")
		h.end(p)
	}
}

// resume lets the guest go on as far as a client is concerned. It is false where
// the client did not hold it any more, or the guest went on before.
func (h *holds) resume(p *peer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of[p] == nil {
		return false
	}
	return h.end(p)
}

func (h *holds) end(p *peer) bool {
	h.of[p].Stop()
	delete(h.of, p)
	if len(h.of) > 0 {
		return true
	}
	if err := h.release(); err != nil {
		h.server.log().Warn("the guest was not held for all the time, or does not go on", "error", err)
		return false
	}
	return true
}
