package python

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

// interpreters are the Pythons that the shared modules run under.
var interpreters = map[string]func(testing.TB) string{
	"Python 2.7":      testenv.Python2,
	"Python 3":        testenv.Python3,
	"Python 3 oldest": testenv.Python3Oldest,
}

func TestModulesWithoutVolatility(t *testing.T) {
	for name, python := range interpreters {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(python(t), "-B", "-m", "unittest", "discover", "-p", "test_*.py")
			cmd.Dir = "tests"
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// Each module compiles under the Python that it is for.
func TestModulesCompile(t *testing.T) {
	for name, test := range map[string]struct {
		python  func(testing.TB) string
		version int
	}{
		"Volatility 2": {testenv.Python2, 2},
		"Volatility 3": {testenv.Python3Oldest, 3},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for _, s := range Support(test.version) {
				if err := os.WriteFile(filepath.Join(folder, s.Name), s.Content, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if out, err := exec.Command(test.python(t), "-m", "compileall", "-q", folder).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// A folder for programs has what it needs, and nothing of Volatility's.
func TestProgram(t *testing.T) {
	for name, python := range interpreters {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			folder := filepath.Join(dir, "rows")
			if err := os.Mkdir(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			for _, s := range Program() {
				if s.Name == "volrender_rows.py" || s.Name == "volrender_fast.py" {
					t.Errorf("%s is there, which only plug-ins use", s.Name)
				}
				if err := os.WriteFile(filepath.Join(folder, s.Name), s.Content, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(python(t), "-c", "import rows.volrender_program as p; print(p.frames, p.Row)")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestSupportIsFlat(t *testing.T) {
	for _, version := range []int{2, 3} {
		seen := map[string]bool{}
		for _, s := range Support(version) {
			if seen[s.Name] || filepath.Base(s.Name) != s.Name || len(s.Content) == 0 {
				t.Errorf("Volatility %d: %q is there twice, in a folder, or empty", version, s.Name)
			}
			seen[s.Name] = true
		}
		if !seen["volrender_support.py"] || !seen["volrender_wire.py"] {
			t.Errorf("Volatility %d: modules are missing: %v", version, seen)
		}
	}
}
