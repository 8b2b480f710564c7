package session_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

// TestWorkerParts runs the worker's own tests: test_*.py under each Python,
// test2_*.py and test3_*.py where Volatility 2 and 3 are.
func TestWorkerParts(t *testing.T) {
	tests := []struct {
		name, files string
		python      func(testing.TB) string
	}{
		{"Python 2.7", "test[_2]*.py", testenv.Python2},
		{"Python 3", "test[_3]*.py", testenv.Python3},
		{"Python 3 with the oldest Volatility 3", "test3_*.py", testenv.Python3Oldest},
	}
	testenv.Uses(t, "runtime/python")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(tt.python(t), "-B", "-m", "unittest", "discover", "-p", tt.files,
				"-s", filepath.Join(testenv.Root(), "runtime", "python", "worker", "tests"))
			cmd.Env = append(os.Environ(), "VOLINT_TEST_IMAGE="+testenv.Image(t))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
