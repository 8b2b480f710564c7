package session_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// guest is memory of a machine that can be stopped, and may be reset.
type guest struct {
	memaccess.Source
	refuse error

	mu      sync.Mutex
	stands  bool
	pauses  int
	before  int  // reads before it was stopped for the first time
	moving  int  // reads while it ran, after that
	blank   bool // it has nothing but zeros before
	changes []string
	goesOn  chan struct{}
}

func newGuest(t *testing.T) *guest {
	return &guest{Source: rawImage(t), goesOn: make(chan struct{}, 10)}
}

func (g *guest) Identity() memaccess.Identity { return memaccess.Identity{Process: 1, Started: 1} }

func (g *guest) ReadAt(p []byte, addr int64) (int, error) {
	g.mu.Lock()
	ran := g.pauses == 0
	if ran {
		g.before++
	} else if !g.stands {
		g.moving++
	}
	g.mu.Unlock()
	n, err := g.Source.ReadAt(p, addr)
	if ran && g.blank {
		clear(p[:n])
	}
	return n, err
}

func (g *guest) Pause(context.Context, time.Duration) (func() error, error) {
	if g.refuse != nil {
		return nil, g.refuse
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stands = true
	g.pauses++
	return sync.OnceValue(func() error {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.stands = false
		g.goesOn <- struct{}{}
		return nil
	}), nil
}

func (g *guest) Changes() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changes
}

func (g *guest) change(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.changes = append(g.changes, what)
}

func (g *guest) state() (stands bool, pauses, moving int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stands, g.pauses, g.moving
}

// A guest stands while its memory is read, and goes on when the command is done.
func TestPause(t *testing.T) {
	for version, setup := range []setup{setups[0], setups[2]} {
		for _, pause := range []bool{true, false}[:2-version] {
			cfg, g := setup.config(t), newGuest(t)
			cfg.Image, cfg.Memory, cfg.Pause = "", g, pause
			rows, err := attempt(cfg, session.Request{Message: pslist})
			if n, _ := countFrames(rows); err != nil || n < 28 {
				t.Errorf("%s: %d rows, %v", setup.name, n, err)
			}
			stands, pauses, moving := g.state()
			if stands || moving > 0 || (pauses == 1) != pause {
				t.Errorf("%s: stands %t, %d pauses, %d reads while it ran", setup.name, stands, pauses, moving)
			}
		}
	}
}

// Volatility 3 finds the kernel while the guest runs, and looks again while it
// stands where there was none: a guest that boots, say.
func TestPauseIsLate(t *testing.T) {
	for _, blank := range []bool{false, true} {
		cfg, g := setups[0].config(t), newGuest(t)
		cfg.Image, cfg.Memory, cfg.Pause = "", g, true
		g.blank = blank
		rows, err := attempt(cfg, session.Request{Message: pslist})
		if n, _ := countFrames(rows); err != nil || n < 28 {
			t.Errorf("blank %t: %d rows, %v", blank, n, err)
		}
		if stands, pauses, moving := g.state(); stands || pauses != 1 || moving > 0 || g.before == 0 {
			t.Errorf("blank %t: stands %t, %d pauses, %d reads before and %d after", blank, stands, pauses, g.before, moving)
		}
	}
}

// However a command ends, the guest goes on.
func TestPauseEnds(t *testing.T) {
	ends := map[string]func(t *testing.T, cancel context.CancelFunc, runner session.Runner, run session.Run, worker int){
		"the worker is killed": func(t *testing.T, _ context.CancelFunc, _ session.Runner, _ session.Run, worker int) {
			if err := syscall.Kill(worker, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		},
		"the context ends":  func(_ *testing.T, cancel context.CancelFunc, _ session.Runner, _ session.Run, _ int) { cancel() },
		"the run is closed": func(_ *testing.T, _ context.CancelFunc, _ session.Runner, run session.Run, _ int) { _ = run.Close() },
		"all is closed": func(_ *testing.T, _ context.CancelFunc, runner session.Runner, _ session.Run, _ int) {
			_ = runner.Close()
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			cfg, g := faults3(t), newGuest(t)
			cfg.Memory, cfg.Pause, cfg.MaxHold = g, true, time.Hour
			runner := open(t, cfg)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			run, err := runner.Start(ctx, faultsRequest("process"))
			if err != nil {
				t.Fatal(err)
			}
			worker, err := processOf(run)
			if err != nil {
				t.Fatal(err)
			}
			if stands, pauses, _ := g.state(); !stands || pauses != 1 {
				t.Errorf("during the command: stands %t, %d pauses", stands, pauses)
			}
			end(t, cancel, runner, run, worker)
			<-g.goesOn
			_, _ = run.Wait()
		})
	}
}

// A guest that may not stand for so long goes on, and that is told after the rows.
func TestPauseIsTooShort(t *testing.T) {
	cfg, g := faults3(t), newGuest(t)
	cfg.Memory, cfg.Pause, cfg.MaxHold = g, true, time.Millisecond
	run, err := open(t, cfg).Start(context.Background(), session.Request{Message: faultsRow, Args: []string{"--rows", "50000"}})
	if err != nil {
		t.Fatal(err)
	}
	<-g.goesOn // the worker waits for its rows to be read
	result, err := run.Wait()
	var e *session.Error
	if !errors.As(err, &e) || e.Code != "pause-ended" || !strings.Contains(e.Hint, "--max-hold") {
		t.Errorf("Wait = %#v", err)
	}
	if result.Rows != 50000 {
		t.Errorf("%d rows", result.Rows)
	}
}

func TestPauseFails(t *testing.T) {
	cfg, g := faults3(t), newGuest(t)
	g.refuse = errors.New("no")
	cfg.Memory, cfg.Pause = g, true
	if _, err := attempt(cfg, session.Request{Message: faultsRow}); code(err) != "cannot-pause" {
		t.Errorf("a guest that can't be stopped: %v", err)
	}
	cfg.Memory = rawImage(t)
	if _, err := attempt(cfg, session.Request{Message: faultsRow}); code(err) != "cannot-pause" {
		t.Errorf("memory that can't be stopped: %v", err)
	}
	cfg.Image = "both"
	if _, err := attempt(cfg, session.Request{Message: faultsRow}); code(err) != "bad-setting" {
		t.Errorf("two memories: %v", err)
	}
}

// A guest that is reset while it is read is told of, after the rows.
func TestGuestChanges(t *testing.T) {
	cfg, g := faults3(t), newGuest(t)
	g.change("the guest was reset long ago")
	cfg.Memory = g
	run, err := open(t, cfg).Start(context.Background(), session.Request{Message: faultsRow, Args: []string{"--rows", "50000"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := row.NewReader(run.Frames()).Next(); err != nil {
		_, why := run.Wait()
		t.Fatalf("%v: %v", err, why)
	}
	g.change("the guest was reset")
	result, err := run.Wait()
	var e *session.Error
	if !errors.As(err, &e) || e.Code != "guest-changed" || e.Message != "the guest was reset while its memory was read" || e.Hint == "" {
		t.Errorf("Wait = %#v", err)
	}
	if result.Rows != 50000 {
		t.Errorf("%d rows", result.Rows)
	}
	if rows, err := attempt(cfg, session.Request{Message: faultsRow}); err != nil || len(rows) == 0 {
		t.Errorf("the next command: %v", err)
	}
}
