package main

import (
	"time"

	"github.com/volint/volint/memaccess"
)

// lookEvery is how often a guest is looked at while its memory is served.
const lookEvery = time.Second

// guestWatch tells the operator what happens to the guest whose memory is served.
// Clients are told by the server. Of a dump there is nothing to tell.
type guestWatch struct {
	guest  memaccess.Guest
	ticker *time.Ticker
	told   int
}

func watchGuest(memory memaccess.Source) *guestWatch {
	guest, ok := memory.(memaccess.Guest)
	if !ok {
		return &guestWatch{}
	}
	return &guestWatch{guest: guest, ticker: time.NewTicker(lookEvery)}
}

// due is when to look, which is never for a dump.
func (w *guestWatch) due() <-chan time.Time {
	if w.ticker == nil {
		return nil
	}
	return w.ticker.C
}

// tell tells what happened since it was asked last. It fails where no memory is left
// to serve.
func (w *guestWatch) tell(to *ui) error {
	changes := w.guest.Changes()
	for _, change := range changes[w.told:] {
		to.say("note", "%s", change)
	}
	w.told = len(changes)
	if w.told > 0 && len(w.guest.Runs()) == 0 {
		return fail("serve the guest again once it runs", "%s has no memory any more: %s", w.guest.Name(), changes[w.told-1])
	}
	return nil
}

func (w *guestWatch) stop() {
	if w.ticker != nil {
		w.ticker.Stop()
	}
}
