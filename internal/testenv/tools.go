package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// howSetup is what gets the tools that `make setup` installs.
const (
	howSetup   = "run `make setup`"
	howPython2 = "install a Python 2.7, or name one with PYTHON2=, and run `make setup`"
)

// The environments in .tools, by folder.
const (
	newest3 = "py3"
	oldest3 = "py3-oldest"
	python2 = "py2"
)

// Python3 returns the Python that has the newest Volatility 3.
func Python3(t testing.TB) string {
	t.Helper()
	return environment(t, newest3, "python", "Python 3 with Volatility 3")
}

// Python3Oldest returns the Python that has the oldest Volatility 3 that volint
// works with.
func Python3Oldest(t testing.TB) string {
	t.Helper()
	return environment(t, oldest3, "python", "Python 3 with the oldest Volatility 3")
}

// Python2 returns the Python 2.7 that has Volatility 2.
func Python2(t testing.TB) string {
	t.Helper()
	return environment(t, python2, "python", "Python 2.7 with Volatility 2")
}

// Atheris returns a Python 3 that has Atheris.
func Atheris(t testing.TB) string {
	t.Helper()
	python := environment(t, newest3, "python", "Python 3")
	err := exec.Command(python, "-c", "import atheris").Run()
	Need(t, err == nil, "Atheris", "run `make setup-fuzz`")
	return python
}

// Vol3 returns the `vol` of the newest Volatility 3.
func Vol3(t testing.TB) string {
	t.Helper()
	return environment(t, newest3, "vol", "Volatility 3")
}

// Vol3Oldest returns the `vol` of the oldest Volatility 3 that volint works
// with.
func Vol3Oldest(t testing.TB) string {
	t.Helper()
	return environment(t, oldest3, "vol", "the oldest Volatility 3")
}

// Vol2 returns Volatility 2's vol.py, a script that [Python2] runs.
func Vol2(t testing.TB) string {
	t.Helper()
	return environment(t, python2, "vol.py", "Volatility 2")
}

// environment returns a program of one of the Python environments.
func environment(t testing.TB, env, program, what string) string {
	t.Helper()
	dir := filepath.Join(Root(), ".tools", env)
	// The stamp changes with the packages installed: reading it makes go's test
	// cache notice.
	_, _ = os.ReadFile(filepath.Join(dir, "stamp"))
	path := filepath.Join(dir, "bin", program)
	how := howSetup
	if env == python2 {
		how = howPython2
	}
	Need(t, isProgram(path), what, how)
	return path
}

// Tool returns the path of a program: what `make setup` installed, else what is
// on the PATH.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, ok := findTool(name)
	Need(t, ok, name, howToGet(name))
	return path
}

func findTool(name string) (string, bool) {
	for _, dir := range []string{"py3/bin", "bin"} {
		path := filepath.Join(Root(), ".tools", dir, name)
		if isProgram(path) {
			return path, true
		}
	}
	path, err := exec.LookPath(name)
	return path, err == nil
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// debianPackages are where tools come from that `make setup` leaves to the
// system.
var debianPackages = map[string]string{
	"gcc":                "gcc libc6-dev",
	"g++":                "g++",
	"clang":              "clang",
	"clang++":            "clang",
	"protoc-c":           "protobuf-c-compiler libprotobuf-c-dev",
	"pkg-config":         "pkg-config",
	"valgrind":           "valgrind",
	"qemu-system-x86_64": "qemu-system-x86",
	"makedumpfile":       "makedumpfile",
}

func howToGet(name string) string {
	if packages, ok := debianPackages[name]; ok {
		return "install it, on Debian with `apt-get install " + packages + "`"
	}
	return howSetup + ", or put it on the PATH"
}
