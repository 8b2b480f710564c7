package session_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

func TestDoctor(t *testing.T) {
	symbols := filepath.Join(testenv.Fixture(), "linux-6.1-tiny.isf.json.xz")
	tests := []struct {
		name   string
		config func(testing.TB) session.Config
		change func(*session.Config)
		good   bool
		// says are parts of the findings, or of their hints.
		says   []string
		report session.Report
	}{
		{
			name: "all is there", config: volatility3, good: true,
			says:   []string{"Volatility 2.", "raw, 20 MiB of memory in 1 run; Volatility reads it by itself", "fits the image's kernel: Linux version 6.1.192-fixture"},
			report: session.Report{SymbolFiles: []string{symbols}, Matches: []string{symbols}},
		},
		{
			name: "no image", config: volatility3, good: true, says: []string{"1 symbol file for Linux kernels in "},
			change: func(c *session.Config) { c.Image = "" }, report: session.Report{SymbolFiles: []string{symbols}},
		},
		{
			name: "no symbols", config: volatility3, says: []string{"fits the image's kernel: Linux version 6.1.192-fixture", "dwarf2json"},
			change: func(c *session.Config) { c.Symbols, c.Cache = nil, "" },
		},
		{
			name: "no memory", config: volatility3, says: []string{"there is no Linux kernel in"},
			change: func(c *session.Config) { c.Image = "raw:" + symbols }, report: session.Report{SymbolFiles: []string{symbols}},
		},
		{
			name: "no image there", config: volatility3, says: []string{"there is no file", "1 symbol file "},
			change: func(c *session.Config) { c.Image = "none.raw" }, report: session.Report{SymbolFiles: []string{symbols}},
		},
		{
			name: "no Volatility", config: volatility3, says: []string{"can't run Volatility 3: it has no Volatility 3: ", "pip install volatility3"},
			change: func(c *session.Config) { c.Python = bareVenv(t) },
		},
		{
			name: "a profile", config: volatility2, good: true, says: []string{"Volatility 2.6", "the profile LinuxTiny61x64 is there"},
			report: session.Report{LinuxProfiles: []string{"LinuxTiny61x64"}},
		},
		{
			name: "no profile", config: volatility2, says: []string{"no profile LinuxTiny62x64; it has for Linux: LinuxTiny61x64"},
			change: func(c *session.Config) { c.Profile = "LinuxTiny62x64" },
			report: session.Report{LinuxProfiles: []string{"LinuxTiny61x64"}},
		},
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, tt := range tests {
		cfg := tt.config(t)
		t.Run(tt.name, func(t *testing.T) {
			if tt.change != nil {
				tt.change(&cfg)
			}
			report := session.Doctor(context.Background(), cfg)
			if report.Good() != tt.good {
				t.Errorf("Good() = %v", report.Good())
			}
			said := sentences(report)
			for _, want := range tt.says {
				if !strings.Contains(said, want) {
					t.Errorf("no %q in:\n%s", want, said)
				}
			}
			got := session.Report{SymbolFiles: report.SymbolFiles, Matches: report.Matches, LinuxProfiles: report.LinuxProfiles}
			if diff := cmp.Diff(tt.report, got, equateEmpty); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

// equateEmpty takes nil and empty slices for the same.
var equateEmpty = cmp.FilterValues(
	func(a, b []string) bool { return len(a) == 0 && len(b) == 0 },
	cmp.Comparer(func(a, b []string) bool { return true }))

func sentences(r *session.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(f.What + "\n  " + f.Hint + "\n")
	}
	return b.String()
}

// program writes an executable script.
func program(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// says is a Python that has this Volatility, or none.
func says(v3, v2 string) string {
	return "#!/bin/sh\necho noise\necho '" +
		`{"python": "3.11.1", "volatility3": "` + v3 + `", "why3": "no 3", "volatility2": "` + v2 + `", "why2": "no 2"}` + "'\n"
}

// Which Python runs is decided by where it was found, and by what it has.
func TestProbe(t *testing.T) {
	dir := t.TempDir()
	path := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	active := program(t, path("venv", "bin", "python"), says("", ""))
	program(t, path("shims", "python3"), "#!/bin/sh\necho 'pyenv: python3: command not found' >&2\nexit 127\n")
	program(t, path("shims", "vol"), "#!/bin/bash\nexec pyenv\n")
	behind := program(t, path("tools", "python3.11"), says("2.28.0", ""))
	program(t, path("first", "vol"), "#!"+behind+"\n")
	long := program(t, path("long", "bin", "python"), says("2.27.0", ""))
	program(t, path("second", "vol"), "#!/bin/sh\n'''exec' "+long+" \"$0\" \"$@\"\n' '''\n")
	spaced := program(t, path("with spaces", "bin", "python"), says("2.27.0", ""))
	program(t, path("spaced", "vol"), "#!/bin/sh\n'''exec' \""+spaced+"\" \"$0\" \"$@\"\n' '''\n")
	program(t, path("third", "vol"), "#!"+path("gone", "python")+"\n")
	two := program(t, path("second", "python2.7"), says("", "2.6.1"))
	garbage := program(t, path("third", "python3"), "#!/bin/sh\necho hello\n")
	t.Setenv("VIRTUAL_ENV", path("venv"))
	t.Setenv("PATH", strings.Join([]string{path("shims"), path("first"), path("second"), path("spaced"), path("third"), "/bin", "relative"}, ":"))

	got := session.Probe(context.Background(), session.Config{Version: session.Volatility3})
	want := []session.Candidate{
		{Python: active, From: "the active virtual environment", Version: "3.11.1", Why: "it has no Volatility 3: no 3"},
		{From: path("shims", "vol"), Why: path("shims", "vol") + " is not a Python script"},
		{Python: behind, From: path("first", "vol"), Version: "3.11.1", Volatility3: "2.28.0", Chosen: true},
		{Python: long, From: path("second", "vol"), Version: "3.11.1", Volatility3: "2.27.0", Why: "another comes first"},
		{Python: spaced, From: path("spaced", "vol"), Version: "3.11.1", Volatility3: "2.27.0", Why: "another comes first"},
		{Python: path("gone", "python"), From: path("third", "vol"), Why: "there is no such program"},
		{Python: path("shims", "python3"), From: "python3 on the PATH", Why: "it does not work as a Python: pyenv: python3: command not found"},
		{Python: garbage, From: "python3 on the PATH", Why: "it does not work as a Python: invalid character 'h' looking for beginning of value"},
	}
	if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" {
		t.Errorf("Volatility 3 (-want +got):\n%s", diff)
	}

	got = session.Probe(context.Background(), session.Config{Profile: "LinuxTiny61x64"})
	if at := chosen(got); at.Python != two || at.From != "python2.7 on the PATH" {
		t.Errorf("Volatility 2 is taken from %+v, want %s", at, two)
	}

	t.Setenv("VOLINT_PYTHON", long)
	got = session.Probe(context.Background(), session.Config{Version: session.Volatility3})
	if at := chosen(got); len(got) != 1 || at.Python != long {
		t.Errorf("with VOLINT_PYTHON %+v, want %s alone", got, long)
	}
}

func chosen(candidates []session.Candidate) session.Candidate {
	for _, c := range candidates {
		if c.Chosen {
			return c
		}
	}
	return session.Candidate{}
}

// A Python that does not answer holds nobody up for longer than the context, and
// leaves nothing behind.
func TestProbeGivesUp(t *testing.T) {
	dir := t.TempDir()
	python := program(t, filepath.Join(dir, "python"), "#!/bin/sh\nsleep 3600\n")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	got := session.Probe(ctx, session.Config{Python: python, Version: session.Volatility3})
	if len(got) != 1 || got[0].Chosen || !strings.Contains(got[0].Why, "it did not answer") {
		t.Errorf("Probe = %+v", got)
	}
}

// Without a Python that has Volatility, the error lists what was looked at.
func TestNoPythonFound(t *testing.T) {
	dir := t.TempDir()
	program(t, filepath.Join(dir, "python3"), says("", "2.6.1"))
	t.Setenv("VIRTUAL_ENV", "")
	t.Setenv("PATH", dir)
	_, err := session.Open(context.Background(), session.Config{})
	if code(err) != "no-volatility" || !strings.Contains(err.Error(), "none of the 1 Pythons found has Volatility 3") {
		t.Errorf("Open = %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := session.Open(context.Background(), session.Config{}); code(err) != "no-python" {
		t.Errorf("Open with nothing on the PATH = %v", err)
	}
}
