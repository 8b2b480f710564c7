package qemu

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// counting starts a guest that counts, and returns when it does. Notes of holds go
// to a folder of the test's own.
func counting(t *testing.T, o qemutest.Options) *qemutest.Guest {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	o.Boot = qemutest.Counter()
	return qemutest.Start(t, o)
}

// checkCounts waits until the guest counts on.
func checkCounts(t *testing.T, m memaccess.Source) {
	t.Helper()
	before := count(t, m)
	eventually(t, "the guest's going on", func() bool { return count(t, m) != before })
}

// checkStands looks for a while whether the guest counts: it would 18 times a
// second.
func checkStands(t *testing.T, m memaccess.Source) {
	t.Helper()
	before := count(t, m)
	time.Sleep(300 * time.Millisecond)
	if after := count(t, m); after != before {
		t.Errorf("the guest counts from %d to %d while it is to stand", before, after)
	}
}

func pauseFor(t *testing.T, m *memory, hold time.Duration) (release func() error) {
	t.Helper()
	release, err := m.Pause(context.Background(), hold)
	if err != nil {
		t.Fatal(hinted(err))
	}
	return release
}

func mustRelease(t *testing.T, release func() error) {
	t.Helper()
	if err := release(); err != nil {
		t.Error(hinted(err))
	}
}

// checkNoNote looks whether the note of a hold is gone.
func checkNoNote(t *testing.T, g *qemutest.Guest) {
	t.Helper()
	if note, file := readState(canonical(g.QMP)); note != nil {
		t.Errorf("the note %s is still there: %+v", file, note)
	}
}

func TestPause(t *testing.T) {
	g := counting(t, qemutest.Options{Backend: qemutest.Memfd})
	m := open(t, g, Options{})
	for range 3 {
		checkCounts(t, m)
		release := pauseFor(t, m, time.Hour)
		if note, _ := readState(canonical(g.QMP)); note == nil || !note.held() || note.Process != g.Process {
			t.Errorf("the note is %+v", note)
		}
		checkStands(t, m)
		if got := g.Status(); got != "paused" {
			t.Errorf("the guest is %s", got)
		}
		mustRelease(t, release)
		mustRelease(t, release)
		if got := g.Status(); got != "running" {
			t.Errorf("the guest is %s", got)
		}
	}
	checkCounts(t, m)
	checkNoNote(t, g)
	if got := m.Changes(); len(got) > 0 {
		t.Errorf("being stopped is told as a change: %q", got)
	}
	if len(m.Runs()) == 0 || m.link.get() == nil {
		t.Error("the connection did not come back")
	}
}

// Two who have the guest stand at the same time: it goes on after the last.
func TestPausesAreCounted(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	first := pauseFor(t, m, 30*time.Minute)
	second := pauseFor(t, m, time.Hour)
	eventually(t, "the longer time", func() bool {
		note, _ := readState(canonical(g.QMP))
		return note != nil && time.Until(note.Until) > 45*time.Minute
	})
	mustRelease(t, first)
	checkStands(t, m)
	mustRelease(t, second)
	checkCounts(t, m)
}

func TestGuestThatStoodStaysSo(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	checkCounts(t, m)
	g.Execute("stop", nil, nil)
	release := pauseFor(t, m, time.Hour)
	checkStands(t, m)
	mustRelease(t, release)
	checkStands(t, m)
	if got := g.Status(); got != "paused" {
		t.Errorf("the guest is %s", got)
	}
	checkNoNote(t, g)

	// Whoever stopped it continues it while it is thought to stand.
	release = pauseFor(t, m, time.Hour)
	g.Execute("cont", nil, nil)
	eventually(t, "the event", func() bool { return m.guest.resumed.Load() > 0 })
	if err := release(); err == nil || !strings.Contains(hinted(err), "continued by somebody else |") {
		t.Errorf("got %v", err)
	}
}

// Somebody else continues a guest that volint stopped, and stops it for reasons of
// their own: it stays so.
func TestSomebodyElseMeddles(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	release := pauseFor(t, m, time.Hour)
	g.Execute("cont", nil, nil)
	checkCounts(t, m)
	g.Execute("stop", nil, nil)
	if err := release(); err == nil || !strings.Contains(hinted(err), "somebody else continued the guest") {
		t.Errorf("got %v", err)
	}
	if got := g.Status(); got != "paused" {
		t.Errorf("the guest is %s", got)
	}
	checkStands(t, m)
	checkNoNote(t, g)
}

// A guest does not stand longer than it may, whatever its user does.
func TestHoldEnds(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	release := pauseFor(t, m, 100*time.Millisecond)
	eventually(t, "the guest's going on", func() bool { return g.Status() == "running" })
	checkCounts(t, m)
	if err := release(); err == nil || !strings.Contains(hinted(err), "stood for as long as it may | ") {
		t.Errorf("got %v", err)
	}
	checkNoNote(t, g)
	mustRelease(t, pauseFor(t, m, time.Hour)) // and it can be stopped again
}

// Events are told while another process has the connection.
func TestEventsWhileHeld(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	release := pauseFor(t, m, time.Hour)
	g.Execute("system_reset", nil, nil)
	eventually(t, "the change", func() bool { return len(m.Changes()) > 0 })
	if got := m.Changes()[0]; got != changeReset {
		t.Errorf("the change is %q", got)
	}
	mustRelease(t, release)
	checkCounts(t, m)
}

// An emulator that ends while it is held ends the hold.
func TestEmulatorEndsWhileHeld(t *testing.T) {
	g := counting(t, qemutest.Options{Backend: qemutest.Memfd})
	m := open(t, g, Options{})
	release := pauseFor(t, m, time.Hour)
	g.Kill()
	if err := release(); err == nil || !strings.Contains(hinted(err), "has ended | ") {
		t.Errorf("got %v", err)
	}
	checkNoNote(t, g)
}

// impatient has a test wait for a short time where others wait for a long one.
func impatient(t *testing.T) {
	begins, parts := beginning, parting
	t.Cleanup(func() { beginning, parting = begins, parts })
	beginning, parting = 100*time.Millisecond, 100*time.Millisecond
}

// A program that is no holder, and does not end either, is ended.
func TestHolderThatDoesNothing(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	impatient(t)
	m.options.Holder = []string{"/bin/sleep", "100000"}
	if _, err := m.Pause(context.Background(), time.Hour); err == nil || !strings.Contains(hinted(err), "QEMU does not answer | ") {
		t.Errorf("got %v", err)
	}
	eventually(t, "the connection's return", func() bool { return m.link.get() != nil })
	m.options.Holder = holderOfTests()
	beginning, parting = time.Minute, time.Minute
	mustRelease(t, pauseFor(t, m, time.Hour))
	checkCounts(t, m)
}

// A QEMU that hangs while it is to continue the guest does so when it is back.
func TestQEMUHangsWhileHeld(t *testing.T) {
	g := counting(t, qemutest.Options{Backend: qemutest.Memfd})
	m := open(t, g, Options{})
	release := pauseFor(t, m, time.Hour)
	impatient(t)
	syscall.Kill(g.Process, syscall.SIGSTOP)
	err := release()
	if err == nil || !strings.Contains(hinted(err), "may still stand: QEMU does not answer | ") {
		t.Errorf("got %v", err)
	}
	syscall.Kill(g.Process, syscall.SIGCONT)
	checkCounts(t, m)
	eventually(t, "the connection's return", func() bool { return m.link.get() != nil })
	checkNoNote(t, g)
}

// A program that is no holder leaves the guest running, and the connection here.
func TestWrongHolders(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	for _, argv := range [][]string{{"/bin/true"}, {"/bin/false"}, {"/nonexistent/volint", HolderCommand}} {
		m.options.Holder = argv
		_, err := m.Pause(context.Background(), time.Hour)
		if err == nil || strings.Contains(hinted(err), "without a hint") {
			t.Errorf("%s: %v", argv, err)
		}
	}
	m.options.Holder = nil
	t.Setenv("VOLINT_BIN", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := m.Pause(context.Background(), time.Hour); err == nil || !strings.Contains(hinted(err), "without the program volint") {
		t.Errorf("got %v", err)
	}
	m.options.Holder = holderOfTests()
	checkCounts(t, m)
	mustRelease(t, pauseFor(t, m, time.Hour))
}

// Closing continues the guest, and so does giving up.
func TestCloseAndCancel(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Pause(ctx, time.Hour); err == nil {
		t.Error("a guest can be stopped in a context that has ended")
	}
	if got := g.Status(); got != "running" {
		t.Errorf("after giving up the guest is %s", got)
	}
	pauseFor(t, m, time.Hour)
	m.Close()
	if got := g.Status(); got != "running" {
		t.Errorf("after Close the guest is %s", got)
	}
	checkNoNote(t, g)
	if _, err := m.Pause(context.Background(), time.Hour); err == nil {
		t.Error("a closed source can stop its guest")
	}
}

// The note of a hold is believed only where nobody else could have put it.
func TestNotesOfOthers(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	path := testenv.Socket(t)
	note := &state{Path: path, Process: 1, Until: time.Now()}
	file, err := note.write()
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := readState(path); got == nil {
		t.Fatal("the note is not found")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(dir+"/volint", 0o777); err != nil {
		t.Fatal(err)
	}
	if got, _ := readState(path); got != nil {
		t.Errorf("the note in a folder of everybody's is believed: %+v", got)
	}
}
