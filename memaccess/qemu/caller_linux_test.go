package qemu

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// caller starts a process that has a guest stand, and returns when it does.
func caller(t *testing.T, g *qemutest.Guest, hold string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "pause-and-wait", g.QMP, hold)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "stands\n" {
		t.Fatalf("the caller said %q, %v", line, err)
	}
	if got := g.Status(); got != "paused" {
		t.Fatalf("the guest is %s", got)
	}
	return cmd
}

// The guest goes on when its caller is killed, by whichever signal, alone or with
// its whole process group; when it is stopped, at the end of the time.
func TestCallerEnds(t *testing.T) {
	tests := map[string]struct {
		hold string
		end  func(pid int) error
	}{
		"killed":                    {"1h", func(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }},
		"aborted":                   {"1h", func(pid int) error { return syscall.Kill(pid, syscall.SIGABRT) }},
		"killed with its children":  {"1h", func(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }},
		"stopped":                   {"300ms", func(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }},
		"stopped with its children": {"300ms", func(pid int) error { return syscall.Kill(-pid, syscall.SIGSTOP) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := counting(t, qemutest.Options{})
			cmd := caller(t, g, tt.hold)
			if err := tt.end(cmd.Process.Pid); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the guest's going on", func() bool { return g.Status() == "running" })
			eventually(t, "the note's end", func() bool { note, _ := readState(canonical(g.QMP)); return note == nil })
			cmd.Process.Kill()
			cmd.Wait()
			m := open(t, g, Options{}) // its socket is free
			checkCounts(t, m)
		})
	}
}

// A caller is killed at any moment of stopping and continuing: the guest runs on.
func TestCallerIsKilledAtAnyMoment(t *testing.T) {
	g := counting(t, qemutest.Options{Backend: qemutest.Memfd})
	for i := range 12 {
		cmd := exec.Command(os.Args[0], "pause-again-and-again", g.QMP)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "again\n" {
			t.Fatalf("the caller said %q, %v", line, err)
		}
		time.Sleep(time.Duration(i) * 3 * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		// Its socket is free when nobody holds the guest any more.
		eventually(t, "the end of the hold", func() bool {
			s, err := Open(context.Background(), g.QMP, Options{Timeout: 200 * time.Millisecond})
			if err == nil {
				s.Close()
			}
			return err == nil
		})
		if got := g.Status(); got != "running" {
			t.Fatalf("the guest is %s", got)
		}
		checkNoNote(t, g)
	}
}

// holderOf is the process that holds a guest.
func holderOf(t *testing.T, g *qemutest.Guest) int {
	t.Helper()
	note, _ := readState(canonical(g.QMP))
	if note == nil {
		t.Fatal("there is no note")
	}
	return note.Holder
}

// A holder that is killed is mended by its caller.
func TestHolderIsKilled(t *testing.T) {
	g := counting(t, qemutest.Options{})
	m := open(t, g, Options{})
	for signal, want := range map[syscall.Signal]string{
		syscall.SIGKILL: "the process that held the guest was killed | ",
		syscall.SIGTERM: "the process that held the guest was told to end",
	} {
		release := pauseFor(t, m, time.Hour)
		syscall.Kill(holderOf(t, g), signal)
		eventually(t, "the guest's going on", func() bool { return g.Status() == "running" })
		if err := release(); err == nil || !strings.Contains(hinted(err), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		checkCounts(t, m)
		checkNoNote(t, g)
	}
	mustRelease(t, pauseFor(t, m, time.Hour))
}

// What nobody is left to mend, Resume does.
func TestResume(t *testing.T) {
	g := counting(t, qemutest.Options{})
	cmd := caller(t, g, "1h")
	holder := holderOf(t, g)
	if _, err := Resume(context.Background(), g.QMP, false); err == nil || !strings.Contains(hinted(err), "of volint holds the guest, until") {
		t.Errorf("while it is held: %v", err)
	}
	syscall.Kill(cmd.Process.Pid, syscall.SIGSTOP) // so that it can't mend it
	syscall.Kill(holder, syscall.SIGKILL)
	syscall.Kill(cmd.Process.Pid, syscall.SIGKILL)
	cmd.Wait()
	if got := g.Status(); got != "paused" {
		t.Fatalf("the guest is %s", got)
	}
	eventually(t, "the holder's end", func() bool { _, err := startTime(holder); return err != nil })
	if continued, err := Resume(context.Background(), g.QMP, false); !continued || err != nil {
		t.Fatalf("got %t, %v", continued, err)
	}
	if got := g.Status(); got != "running" {
		t.Errorf("the guest is %s", got)
	}
	checkNoNote(t, g)
	if continued, err := Resume(context.Background(), g.QMP, false); continued || err != nil {
		t.Errorf("a guest that runs: %t, %v", continued, err)
	}

	g.Execute("stop", nil, nil)
	if _, err := Resume(context.Background(), g.QMP, false); err == nil || !strings.Contains(hinted(err), "stopped by somebody else") {
		t.Errorf("somebody else's: %v", err)
	}
	if continued, err := Resume(context.Background(), g.QMP, true); !continued || err != nil || g.Status() != "running" {
		t.Errorf("with force: %t, %v", continued, err)
	}
}
