package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
)

// interrupts is what Ctrl-C ends: all of volint, unless something smaller has asked
// for it.
type interrupts struct {
	mu  sync.Mutex
	end func()
}

// during has Ctrl-C call end, until the function that is returned is called.
func (i *interrupts) during(end func()) (over func()) {
	i.set(end)
	return func() { i.set(nil) }
}

func (i *interrupts) set(end func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.end = end
}

// take ends what asked for it, and reports whether there was something.
func (i *interrupts) take() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.end == nil {
		return false
	}
	i.end()
	return true
}

// notify returns a context that the first of the signals ends, but for an interrupt
// that something smaller takes. A second one ends volint at once, whatever it waits
// for.
func (i *interrupts) notify(ctx context.Context, signals ...os.Signal) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
	go func() {
		for s := range came {
			if s == os.Interrupt && i.take() {
				continue
			}
			signal.Stop(came)
			cancel()
			return
		}
	}()
	return ctx
}
