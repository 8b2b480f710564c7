package livetest_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// event is a line of volint watch.
type event struct {
	Event   string  `json:"event"`
	Row     process `json:"row"`
	Message string  `json:"message"`
}

// A watch lives through a guest's reset: what ran before is gone, and what runs
// after appears, at other addresses. It ends with the guest.
func TestWatch(t *testing.T) {
	g := livetest.Boot(t, livetest.Flat, qemutest.Anonymous)
	args := append([]string{"watch", "linux_pslist", "-f", "qemu:" + g.QMP, "--every", "200ms", "--python", volatility3.python(t)}, volatility3.flags(t)...)
	testenv.Uses(t, "memaccess/python", "runtime/python")
	cmd := volint(t, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	// until reads events up to one that fits.
	until := func(what string, fits func(event) bool) {
		t.Helper()
		for lines.Scan() {
			var e event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatalf("%v: %s", err, lines.Bytes())
			}
			t.Logf("%.150s", lines.Bytes())
			if fits(e) {
				return
			}
		}
		_ = cmd.Wait()
		t.Fatalf("the watch ended before %s\n%s", what, stderr.String())
	}
	first := uint64(0)
	until("init appeared", func(e event) bool {
		first = e.Row.Offset
		return e.Event == "appeared" && e.Row.Name == "init"
	})
	g.Reset(t)()
	until("the old init was gone, or another appeared", func(e event) bool {
		return e.Event == "gone" && e.Row.Name == "init" || e.Event == "appeared" && e.Row.Name == "init" && e.Row.Offset != first
	})
	g.Quit()
	for lines.Scan() {
		t.Logf("%.150s", lines.Bytes())
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || strings.Count(stderr.String(), "error: ") != 1 {
		t.Errorf("%v: %s", err, stderr.String())
	}
}
