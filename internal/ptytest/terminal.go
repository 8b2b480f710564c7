// Package ptytest has a terminal for tests: a pseudo-terminal, and a screen that
// shows what a program made of it.
package ptytest

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what has to come. It is a failure's time,
// and no test's.
const patience = time.Minute

// Terminal is a pseudo-terminal with somebody who looks at it and types.
type Terminal struct {
	// Slave is the end that a program gets as its descriptors.
	Slave *os.File

	t      testing.TB
	master *os.File

	mu      sync.Mutex
	changed *sync.Cond
	screen  *screen
	raw     []byte
}

// Open opens a terminal, which is closed at the end of the test. Where the system
// has none of the kind, the test is skipped.
func Open(t testing.TB, width, height int) *Terminal {
	t.Helper()
	master, slave := open(t, width, height)
	p := &Terminal{Slave: slave, t: t, master: master, screen: newScreen(width, height)}
	p.changed = sync.NewCond(&p.mu)
	t.Cleanup(func() {
		slave.Close()
		master.Close()
	})
	go p.look()
	return p
}

func (p *Terminal) look() {
	b := make([]byte, 4096)
	for {
		n, err := p.master.Read(b)
		p.mu.Lock()
		p.raw = append(p.raw, b[:n]...)
		p.screen.write(b[:n])
		p.changed.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Type types.
func (p *Terminal) Type(s string) {
	p.t.Helper()
	if _, err := p.master.WriteString(s); err != nil {
		p.t.Fatal(err)
	}
}

// Screen is the text on the screen, without empty lines at its end.
func (p *Terminal) Screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.text(false)
}

// Styled is Screen with ⟨ATTRIBUTES:...⟩ round what has attributes.
func (p *Terminal) Styled() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.text(true)
}

// Raw is all that was printed so far.
func (p *Terminal) Raw() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.raw)
}

// Await waits until the screen shows a text.
func (p *Terminal) Await(text string) {
	p.t.Helper()
	p.Until("the screen shows "+text, func(screen string) bool { return strings.Contains(screen, text) })
}

// Until waits until the screen is as it should be.
func (p *Terminal) Until(what string, holds func(screen string) bool) {
	p.t.Helper()
	end := time.Now().Add(patience)
	tick := time.AfterFunc(patience, p.changed.Broadcast)
	defer tick.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !holds(p.screen.text(false)) {
		if time.Now().After(end) {
			p.t.Fatalf("never came: %s. The screen:\n%s", what, p.screen.text(false))
		}
		p.changed.Wait()
	}
}
