package livetest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// patience is what no step of a test takes, on a machine that is busy otherwise.
const patience = 3 * time.Minute

// gated is a command that waits in the middle of its listing until open is called.
type gated struct {
	*exec.Cmd
	t      *testing.T
	folder string
	stdout strings.Builder
	stderr testenv.Said
	ended  chan error
}

// startGated starts volint, and returns when the command is in its middle.
func startGated(t *testing.T, v volatility, location string, flags ...string) *gated {
	t.Helper()
	testenv.Uses(t, "internal/livetest/testdata")
	plugins := filepath.Join(testenv.Root(), "internal", "livetest", "testdata")
	g := &gated{
		Cmd: v.command(t, location, append(flags, "--plugins", plugins)...),
		t:   t, folder: t.TempDir(), ended: make(chan error, 1),
	}
	g.Env = append(g.Env, "VOLINT_TEST_GATE="+g.folder)
	g.Stdout, g.Stderr = &g.stdout, &g.stderr
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { g.ended <- g.Cmd.Wait() }()
	t.Cleanup(func() { _ = g.Process.Kill() })
	until(t, "the command is in its middle", func() bool {
		select {
		case err := <-g.ended:
			t.Fatalf("volint ended: %v\n%s", err, &g.stderr)
		default:
		}
		_, err := os.Stat(filepath.Join(g.folder, "reached"))
		return err == nil
	})
	return g
}

// open lets the command go on, and finish waits for its end as well.
func (g *gated) open() {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.folder, "open"), nil, 0o600); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gated) finish() error {
	g.t.Helper()
	g.open()
	return g.wait()
}

func (g *gated) wait() error {
	g.t.Helper()
	select {
	case err := <-g.ended:
		return err
	case <-time.After(patience):
		g.t.Fatalf("volint does not end\n%s", &g.stderr)
		return nil
	}
}

// until waits for what takes a moment.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came about that %s", what)
		}
	}
}

// checkOwn holds that what a command printed has the guest's own processes.
func (g *gated) checkOwn() {
	g.t.Helper()
	checkKnown(g.t, parse(g.t, []byte(g.stdout.String())))
}

// checkEvents holds that just this happened to a guest since it had so many events.
func checkEvents(t *testing.T, g *livetest.Guest, before int, want ...string) {
	t.Helper()
	until(t, "the guest's events arrive", func() bool { return len(g.Events()) >= before+len(want) })
	if diff := cmp.Diff(want, g.Events()[before:], cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what happened to the guest (-want +got):\n%s", diff)
	}
}

// A guest that runs can be read as it is.
func TestRunning(t *testing.T) {
	g := guests.Guest(t, qemutest.File)
	before := len(g.Events())
	checkKnown(t, rows(t, volatility3.command(t, "qemu:"+g.QMP)))
	checkEvents(t, g, before)
}

// The guest stands while the command reads it, and neither before nor after.
func TestPause(t *testing.T) {
	for name, v := range map[string]volatility{"Volatility 3": volatility3, "Volatility 2": volatility2} {
		t.Run(name, func(t *testing.T) {
			g := guests.Guest(t, qemutest.File)
			before := len(g.Events())
			c := startGated(t, v, "qemu:"+g.QMP, "--pause")
			if g.Running() {
				t.Error("the guest runs in the middle of the command")
			}
			if err := c.finish(); err != nil {
				t.Fatalf("%v\n%s", err, &c.stderr)
			}
			if !g.Running() {
				t.Error("the guest stands after the command")
			}
			checkEvents(t, g, before, "STOP", "RESUME")
			c.checkOwn()
		})
	}
}

// A server that is allowed to lets its clients do the same.
func TestPauseByServer(t *testing.T) {
	g := guests.Guest(t, qemutest.Anonymous)
	allowed := serve(t, "qemu:"+g.QMP, "--allow-pause")
	c := startGated(t, volatility3, "unix:"+allowed, "--pause")
	if g.Running() {
		t.Error("the guest runs in the middle of the command")
	}
	if err := c.finish(); err != nil {
		t.Fatalf("%v\n%s", err, &c.stderr)
	}
	until(t, "the guest runs again", g.Running)
	c.checkOwn()

	// A client that is gone without a word.
	c = startGated(t, volatility3, "unix:"+allowed, "--pause")
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	until(t, "the guest of a client that was killed runs again", g.Running)
}

// A server that is killed while its client has the guest stand leaves it running, and
// the client's command fails.
func TestPausingServerIsKilled(t *testing.T) {
	g := guests.Guest(t, qemutest.Anonymous)
	socket, server, ended, _ := startServer(t, "qemu:"+g.QMP, "--allow-pause")
	c := startGated(t, volatility3, "unix:"+socket, "--pause")
	if g.Running() {
		t.Error("the guest runs in the middle of the command")
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	until(t, "the guest runs again", g.Running)
	if c.finish() == nil {
		t.Errorf("the command's status is 0; it said:\n%s", &c.stderr)
	}
}

func TestPauseIsRefused(t *testing.T) {
	g := guests.Guest(t, qemutest.Anonymous)
	before := len(g.Events())
	socket := serve(t, "qemu:"+g.QMP)
	for what, location := range map[string]string{"a server that does not allow it": "unix:" + socket, "a dump": testenv.Image(t)} {
		t.Run(what, func(t *testing.T) {
			cmd := volatility3.command(t, location, "--pause")
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "error: ") || !strings.Contains(string(out), "hint: ") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	checkEvents(t, g, before)
}

// A volint that is killed in the middle, or told to end, leaves the guest running.
func TestPauseEndsWithVolint(t *testing.T) {
	g := guests.Guest(t, qemutest.File)
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "terminated": syscall.SIGTERM, "interrupted": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			c := startGated(t, volatility3, "qemu:"+g.QMP, "--pause")
			if g.Running() {
				t.Error("the guest runs in the middle of the command")
			}
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			until(t, "the guest runs again", g.Running)
			if c.wait() == nil {
				t.Error("the status is 0")
			}
		})
	}
}

// A volint that stands still does not have the guest stand for longer than it may, and
// the command, once it goes on, fails: not all that it read is of one moment.
func TestPauseIsLimited(t *testing.T) {
	g := guests.Guest(t, qemutest.File)
	c := startGated(t, volatility3, "qemu:"+g.QMP, "--pause", "--max-hold", "1s")
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	until(t, "the guest runs again", g.Running)
	if err := c.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := c.finish(); err == nil || !strings.Contains(c.stderr.String(), "error: the guest went on") {
		t.Errorf("volint ended with %v and said:\n%s", err, &c.stderr)
	}
}

// A guest that somebody else had stopped stays so.
func TestPauseOfStopped(t *testing.T) {
	g := stopped(t, qemutest.File)
	before := len(g.Events())
	checkKnown(t, rows(t, volatility3.command(t, "qemu:"+g.QMP, "--pause")))
	c := startGated(t, volatility3, "qemu:"+g.QMP, "--pause")
	_ = c.Process.Kill()
	_ = c.wait()
	// Time for a continuing that must not come: what helps a killed volint is done
	// when its QMP socket is free again.
	checkKnown(t, rows(t, volatility3.command(t, "qemu:"+g.QMP)))
	checkEvents(t, g, before)
}

// A guest that becomes another in the middle of a command makes it fail, by an error
// that says what happened: never a short table that looks whole.
func TestGuestChanges(t *testing.T) {
	t.Run("reset, under Volatility 2", func(t *testing.T) { testReset(t, volatility2) })
	for name, way := range map[string][]string{"while it runs": nil, "while it stands": {"--pause"}} {
		t.Run("reset "+name, func(t *testing.T) { testReset(t, volatility3, way...) })
		t.Run("quit "+name, func(t *testing.T) {
			g := livetest.Boot(t, livetest.Flat, qemutest.Anonymous)
			c := startGated(t, volatility3, "qemu:"+g.QMP, way...)
			g.Quit()
			checkChanged(t, c, "ended")
		})
	}
}

func testReset(t *testing.T, v volatility, flags ...string) {
	g := guests.Guest(t, qemutest.File)
	c := startGated(t, v, "qemu:"+g.QMP, flags...)
	before := len(g.Events())
	booted := g.Reset(t)
	until(t, "the guest was reset", func() bool { return slices.Contains(g.Events()[before:], "RESET") })
	checkChanged(t, c, "reset")
	until(t, "the guest runs", g.Running)
	booted()
}

func checkChanged(t *testing.T, c *gated, what string) {
	t.Helper()
	err := c.finish()
	if err == nil {
		t.Errorf("the status is 0; rows:\n%s", c.stdout.String())
	}
	if said := c.stderr.String(); !strings.Contains(said, "error: ") || !strings.Contains(said, what) {
		t.Errorf("no %q in what volint says:\n%s", what, said)
	}
}
