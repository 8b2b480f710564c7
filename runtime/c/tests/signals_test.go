package tests

import (
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

func signalsIgnored() { signal.Ignore(syscall.SIGTERM) }

// quitIfMasked fails when a line of /proc/self/status has the signals that the
// C runtime must not hand down.
func quitIfMasked(line string) {
	mask, err := strconv.ParseUint(strings.Fields(line)[1], 16, 64)
	for _, s := range []syscall.Signal{syscall.SIGCHLD, syscall.SIGPIPE} {
		if err != nil || mask&(1<<(s-1)) != 0 {
			quit(1, "error: "+line)
		}
	}
}
