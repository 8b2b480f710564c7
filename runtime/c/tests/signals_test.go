package tests

import (
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

func signalsIgnored() { signal.Ignore(syscall.SIGTERM) }

// A program that ignores SIGCHLD and SIGPIPE must not hand that down: its child
// could not wait for its own children. A shell tells what it got; a Go program
// sets handlers before it could.
func testSignals(t *testing.T, program string) {
	shell := filepath.Join(t.TempDir(), "volint")
	script := "#!/bin/sh\necho \"error: $(grep -E 'SigIgn|SigBlk' /proc/self/status)\" >&2\nexit 1\n"
	if err := os.WriteFile(shell, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	said := run(t, program, "good", nil, "sigchld=ignore", "sigpipe=ignore", "volint="+shell)
	masks := regexp.MustCompile(`Sig(Ign|Blk):\s+([0-9a-f]+)`).FindAllStringSubmatch(said, -1)
	if len(masks) != 2 {
		t.Fatalf("it says %q", said)
	}
	for _, m := range masks {
		mask, err := strconv.ParseUint(m[2], 16, 64)
		for _, s := range []syscall.Signal{syscall.SIGCHLD, syscall.SIGPIPE} {
			if err != nil || mask&(1<<(s-1)) != 0 {
				t.Errorf("%s has %v", m[0], s)
			}
		}
	}
}
