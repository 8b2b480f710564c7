package session

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// place is where a Python may be.
type place struct {
	// python is the path; "" where there is none, for the reason why.
	python, why string
	// from says who named it.
	from string
}

// mayNotRun is why a file is no Python that could be started.
const mayNotRun = "it may not be run: permission denied"

// places lists where to look for a Python with the version of Volatility, the
// first choice first. A Python that was named is the only one.
func places(c *Config) []place {
	if c.Python != "" {
		return []place{named(c.Python)}
	}
	var found []place
	add := func(p place) {
		same := func(q place) bool { return p.python != "" && p.python == q.python }
		if !slices.ContainsFunc(found, same) {
			found = append(found, p)
		}
	}
	if env := os.Getenv("VIRTUAL_ENV"); env != "" {
		add(place{python: filepath.Join(env, "bin", "python"), from: "the active virtual environment"})
	}
	scripts, pythons := []string{"vol"}, []string{"python3", "python"}
	if c.Version == Volatility2 {
		scripts, pythons = []string{"vol.py", "vol2.py", "vol"}, []string{"python2.7", "python2", "python"}
	}
	for _, script := range scripts {
		for _, path := range onPath(script) {
			add(behind(path))
		}
	}
	for _, name := range pythons {
		for _, path := range onPath(name) {
			add(place{python: path, from: name + " on the PATH"})
		}
	}
	return found
}

func named(python string) place {
	p := place{python: python, from: "--python or VOLINT_PYTHON"}
	path, err := exec.LookPath(python)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.why = mayNotRun
	case err != nil:
		p.why = "there is no such program"
	default:
		p.python = path
	}
	return p
}

// onPath returns all programs of a name on the PATH.
func onPath(name string) []string {
	var found []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		// A folder that another one is a link to counts once. The program itself may
		// be a link that matters: a virtual environment's Python is one.
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		path := filepath.Join(dir, name)
		if filepath.IsAbs(path) && isProgram(path) {
			found = append(found, path)
		}
	}
	return found
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// behind is the Python that a script runs in.
func behind(script string) place {
	p := place{from: script}
	p.python = interpreter(script)
	switch {
	case p.python == "":
		p.why = script + " is not a Python script"
	case !isProgram(p.python):
		p.why = "there is no such program"
	}
	return p
}

// interpreter returns the Python that a script's first lines name, or "". A path
// that is too long for the first line or has spaces, which then stands in quotes,
// is in the second, as an exec.
func interpreter(script string) string {
	f, err := os.Open(script)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, _ := io.ReadFull(f, head)
	first, rest, _ := strings.Cut(string(head[:n]), "\n")
	second, _, _ := strings.Cut(rest, "\n")
	if !strings.HasPrefix(first, "#!") {
		return ""
	}
	words := strings.Fields(first[2:])
	if len(words) > 0 && filepath.Base(words[0]) == "sh" {
		path := strings.TrimPrefix(second, "'''exec' ")
		if quoted, ok := strings.CutPrefix(path, `"`); ok {
			path, _, _ = strings.Cut(quoted, `"`)
		} else {
			path, _, _ = strings.Cut(path, " ")
		}
		words = []string{path}
	}
	if len(words) > 1 && filepath.Base(words[0]) == "env" {
		words[0], _ = exec.LookPath(words[1])
	}
	if len(words) == 0 {
		return ""
	}
	python := strings.Trim(words[0], `"'`)
	if !strings.HasPrefix(filepath.Base(python), "python") && !strings.HasPrefix(filepath.Base(python), "pypy") {
		return ""
	}
	return python
}
