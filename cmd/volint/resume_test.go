package main

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// volint itself holds a guest and continues it; one that was left standing is
// continued by volint resume, and one that somebody else stopped with --force
// alone.
func TestHoldAndResume(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	volint := testenv.Build(t, "./cmd/volint")
	g := qemutest.Start(t, qemutest.Options{})
	t.Setenv("VOLINT_BIN", volint)
	source, err := qemu.Open(context.Background(), g.QMP, qemu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	release, err := source.(memaccess.Pauser).Pause(context.Background(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if got := g.Status(); got != "paused" {
		t.Errorf("the guest is %s", got)
	}
	checkResume(t, volint, g, 1, "error: process ", "hint: it goes on by itself")
	if err := release(); err != nil || g.Status() != "running" {
		t.Errorf("after the release: %v, the guest is %s", err, g.Status())
	}
	source.Close()

	checkResume(t, volint, g, 0, "note: the guest runs; there is nothing to do")
	g.Execute("stop", nil, nil)
	checkResume(t, volint, g, 1, "error: the guest was stopped by somebody else", "hint: --force")
	checkResume(t, volint, g, 0, "note: the guest runs again", "--force")
	if got := g.Status(); got != "running" {
		t.Errorf("the guest is %s", got)
	}
}

// checkResume runs volint resume; what begins with "--" is a flag, the rest must be
// in what it says.
func checkResume(t *testing.T, volint string, g *qemutest.Guest, status int, say ...string) {
	t.Helper()
	args := []string{"resume", "qemu:" + g.QMP}
	for _, s := range say {
		if strings.HasPrefix(s, "--") {
			args = append(args, s)
		}
	}
	cmd := exec.Command(volint, args...)
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("%v ended with %d, want %d", args, got, status)
	}
	for _, s := range say {
		if !strings.HasPrefix(s, "--") && !strings.Contains(string(out), s) {
			t.Errorf("%v says\n%s\nwithout %q", args, out, s)
		}
	}
}
