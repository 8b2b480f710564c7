package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var builds struct {
	sync.Mutex
	done map[string]func() (string, error)
}

// Build builds one of the repository's programs, "./cmd/volint", once for each
// test process, and returns the path of the binary. Its file name is the
// program's, so that its folder can go on the PATH.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	builds.Lock()
	build, ok := builds.done[pkg]
	if !ok {
		build = sync.OnceValues(func() (string, error) { return goBuild(pkg) })
		if builds.done == nil {
			builds.done = make(map[string]func() (string, error))
		}
		builds.done[pkg] = build
	}
	builds.Unlock()

	binary, err := build()
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	return binary
}

// goBuild puts the binary under .tools/test. Test processes of several packages
// run side by side: each builds a file of its own and renames it over the
// others', which are the same and may be running.
func goBuild(pkg string) (string, error) {
	dir := filepath.Join(Root(), ".tools", "test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, path.Base(pkg))
	fresh := fmt.Sprintf("%s.%d", binary, os.Getpid())
	if _, err := goTool("build", "-o", fresh, pkg); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, binary); err != nil {
		return "", err
	}
	return binary, noteSources(pkg)
}

// sourcesFormat lists the files of a package that lie in this module.
const sourcesFormat = `{{if and .Module .Module.Main}}{{$dir := .Dir}}` +
	`{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}` +
	`{{range .EmbedFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}`

// noteSources tells go's test cache what the binary was made of, as [Uses] does.
func noteSources(pkg string) error {
	files, err := goTool("list", "-deps", "-f", sourcesFormat, pkg)
	if err != nil {
		return err
	}
	for _, file := range strings.Fields(files) {
		if _, err := os.Stat(file); err != nil {
			return err
		}
	}
	return nil
}

// goTool runs the go command in the root and returns its output.
func goTool(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = Root()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return string(out), nil
}
