package testenv

import (
	"bytes"
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

// goBuild puts the binary under .tools/test. A binary that is there already and
// the same is left alone, and nothing else is written there: the Go tool keeps a
// test's result only while the files that it looked at are as they were.
func goBuild(pkg string) (string, error) {
	dir := filepath.Join(Root(), ".tools", "test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp("", "volint-build")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	binary, fresh := filepath.Join(dir, path.Base(pkg)), filepath.Join(temp, path.Base(pkg))
	if _, err := goTool("build", "-o", fresh, pkg); err != nil {
		return "", err
	}
	if err := replace(binary, fresh); err != nil {
		return "", err
	}
	return binary, noteSources(pkg)
}

// replace makes binary what fresh is. Test processes of several packages run side
// by side: each renames a file of its own over the others', which are the same and
// may be running.
func replace(binary, fresh string) error {
	content, err := os.ReadFile(fresh)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(binary); err == nil && bytes.Equal(old, content) {
		return nil
	}
	own := fmt.Sprintf("%s.%d", binary, os.Getpid())
	if err := os.WriteFile(own, content, 0o755); err != nil {
		return err
	}
	return os.Rename(own, binary)
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
