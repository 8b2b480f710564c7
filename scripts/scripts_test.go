// Package scripts holds no Go code but this: the tests of the scripts, which are
// Python, as part of `go test ./...`.
package scripts

import (
	"os/exec"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

func TestScripts(t *testing.T) {
	testenv.Uses(t, "scripts/setup", "scripts/tests", "scripts/gotest.py")
	cmd := exec.Command(testenv.Tool(t, "python3"), "-B", "-m", "unittest", "discover", "-s", "tests")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
