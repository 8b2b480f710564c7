package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// The operator is told of a reset, after which memory is served on, and of the
// emulator's end, after which there is nothing to serve.
func TestServeGuest(t *testing.T) {
	g := qemutest.Start(t, qemutest.Options{})
	path := testenv.Socket(t)
	p := startServe(t, exec.Command(tested(t), "serve", "qemu:"+g.QMP, "--socket", path))
	p.says(t, "note: serving ")
	g.Execute("system_reset", nil, nil)
	p.says(t, "note: the guest was reset\n")
	g.Quit()
	if err := p.Wait(); err == nil {
		t.Errorf("its status is 0")
	}
	for _, want := range []string{"error: ", "has no memory any more: ", "hint: serve the guest again"} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("it says, without %q:\n%s", want, p.stderr.String())
		}
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}
