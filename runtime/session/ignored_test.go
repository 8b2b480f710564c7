package session_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/volint/volint/runtime/session"
)

// signalsIgnored is the environment variable that makes the test binary run commands
// in a program that ignores what is sent to it, which processes that it starts are
// born with.
const signalsIgnored = "VOLINT_TEST_SIGNALS_IGNORED"

// A worker learns how its commands end, whatever its program ignores.
func TestSignalsThatTheProgramIgnores(t *testing.T) {
	if os.Getenv(signalsIgnored) != "" {
		var configs []session.Config
		for _, setup := range faultsSetups {
			configs = append(configs, setup.config(t)) // which needs to hear of its own
		}
		signal.Ignore(syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGTERM, syscall.SIGHUP)
		for _, cfg := range configs {
			s := open(t, cfg)
			for _, mode := range []string{"", "kill late", "raise", ""} {
				_, _, err := runMode(t, s, "--mode="+mode)
				fmt.Printf("said: %q %s\n%v\n", mode, code(err), err)
			}
			if err := s.Close(); err != nil {
				fmt.Println("said:", err)
			}
		}
		return
	}
	cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), signalsIgnored+"=1")
	out, err := cmd.CombinedOutput()
	want := strings.Repeat("said: \"\" \nsaid: \"kill late\" worker-died\nsaid: \"raise\" plugin-failed\nsaid: \"\" \n", len(faultsSetups))
	var said strings.Builder
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "said: ") {
			said.WriteString(line)
		}
	}
	if err != nil || said.String() != want {
		t.Errorf("%v; want\n%sgot\n%s", err, want, out)
	}
}
