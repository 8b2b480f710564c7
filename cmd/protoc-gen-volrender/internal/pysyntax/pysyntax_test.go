package pysyntax_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/pysyntax"
	"github.com/volint/volint/internal/testenv"
)

// only is a PATH with these programs and no others.
func only(programs map[string]string) func(string) (string, error) {
	return func(name string) (string, error) {
		if path := programs[name]; path != "" {
			return path, nil
		}
		return "", exec.ErrNotFound
	}
}

// wrong reports which snippets were refused.
func wrong(t *testing.T, programs map[string]string, snippets []plan.Snippet) ([]bool, string) {
	t.Helper()
	var stderr bytes.Buffer
	var refused []bool
	for _, mistake := range pysyntax.Checker(context.Background(), only(programs), &stderr, 2, 3)(snippets) {
		refused = append(refused, mistake != "")
	}
	return refused, stderr.String()
}

func TestPython3(t *testing.T) {
	python := testenv.Tool(t, "python3")
	cases := []struct {
		kind   plan.SnippetKind
		source string
		bad    bool
	}{
		{plan.Expression, "row.pid", false},
		{plan.Expression, "  row.pid if row else None", false},
		{plan.Expression, "'ü' + r'\\x'", false},
		{plan.Expression, "“row”", true},
		{plan.Expression, "row.class", true},
		{plan.Expression, "row.pid row.tid", true},
		{plan.Expression, "x = 1", true},
		{plan.Expression, "import os", true},
		{plan.Expression, "(yield row)", true},
		{plan.Expression, "await row", true},
		{plan.Expression, "lambda: (yield)", true},
		{plan.Expression, "lambda: (yield from row)", true},
		{plan.Expression, "[x := row]", true},
		{plan.Expression, "f'{(x := row)}'", true},
		{plan.Expression, "f'{(lambda: (yield))}'", true},
		{plan.Expression, "row['yield := await']", false},
		{plan.Expression, strings.Repeat("(", 5000) + strings.Repeat(")", 5000), true},
		{plan.Import, "import os.path as p", false},
		{plan.Import, "from a.b import c as d, e", false},
		{plan.Import, "import a b", true},
		// It is parsed and not run: this would end the interpreter.
		{plan.Expression, "__import__('os')._exit(3)", false},
	}
	var snippets []plan.Snippet
	var want []bool
	for _, c := range cases {
		snippets = append(snippets, plan.Snippet{Version: 3, Kind: c.kind, Source: c.source})
		want = append(want, c.bad)
	}
	got, stderr := wrong(t, map[string]string{"python3": python}, snippets)
	if diff := cmp.Diff(want, got); diff != "" || stderr != "" {
		t.Errorf("refused (-want +got):\n%s%s", diff, stderr)
	}
}

// What only one of the two Pythons accepts.
func TestPython2(t *testing.T) {
	python := testenv.Python2(t)
	got, _ := wrong(t, map[string]string{"python2.7": python}, []plan.Snippet{
		{Version: 2, Source: "0777 + row.mode"},
		{Version: 2, Source: "f'{row}'"},
		{Version: 2, Source: "row.print"},
		{Version: 2, Source: "'ü'"},
		{Version: 2, Source: "(yield row)"},
		{Version: 2, Source: "lambda: (yield)"},
		{Version: 2, Source: "row.await + row['yield']"},
		{Version: 2, Source: "(x := row)"},
	})
	if diff := cmp.Diff([]bool{false, true, true, false, true, true, false, true}, got); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

func TestCommonSubsetWithoutPython2(t *testing.T) {
	python := testenv.Tool(t, "python3")
	got, stderr := wrong(t, map[string]string{"python3": python, "python2.7": standIn(t, "exit 127")}, []plan.Snippet{
		{Version: 2, Source: "row.pid"},
		{Version: 2, Source: "row.pid +"},
	})
	if diff := cmp.Diff([]bool{false, true}, got); diff != "" || stderr != "" {
		t.Errorf("refused (-want +got):\n%s%s", diff, stderr)
	}
}

func TestNoPython(t *testing.T) {
	snippets := []plan.Snippet{{Version: 2, Source: "row +"}, {Version: 3, Source: "row +"}}
	want := "protoc-gen-volrender: the Python for Volatility 2 was not checked: found no Python that works\n" +
		"protoc-gen-volrender: the Python for Volatility 3 was not checked: found no Python that works\n"
	for what, programs := range map[string]map[string]string{
		"none":             nil,
		"one that fails":   {"python3": standIn(t, "exit 1")},
		"one that babbles": {"python3": standIn(t, "echo hello")},
		"a wrong version":  {"python3": standIn(t, "echo 2; echo")},
		"a short answer":   {"python3": standIn(t, "echo 3")},
	} {
		got, stderr := wrong(t, programs, snippets)
		if diff := cmp.Diff([]bool{false, false}, got); diff != "" {
			t.Errorf("%s: refused (-want +got):\n%s", what, diff)
		}
		if diff := cmp.Diff(want, stderr); diff != "" {
			t.Errorf("%s: stderr (-want +got):\n%s", what, diff)
		}
	}
}

// What is not generated for is not asked about.
func TestOtherVersions(t *testing.T) {
	snippets := []plan.Snippet{{Version: 2, Source: "row +"}, {Version: 3, Source: "row +"}}
	var stderr bytes.Buffer
	pysyntax.Checker(context.Background(), only(nil), &stderr)(snippets)
	if stderr.Len() > 0 {
		t.Errorf("no version: stderr %q", &stderr)
	}
	pysyntax.Checker(context.Background(), only(nil), &stderr, 3)(snippets)
	if got := stderr.String(); !strings.Contains(got, "Volatility 3") || strings.Contains(got, "Volatility 2") {
		t.Errorf("Volatility 3: stderr %q", got)
	}
}

// A Python that hangs is ended, and counts as missing.
func TestPythonThatHangs(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	var stderr bytes.Buffer
	hangs := only(map[string]string{"python3": standIn(t, "exec sleep 600")})
	pysyntax.Checker(ctx, hangs, &stderr, 3)([]plan.Snippet{{Version: 3, Source: "row"}})
	if !strings.Contains(stderr.String(), "was not checked") {
		t.Errorf("stderr %q", &stderr)
	}
}

// standIn is a program that is found by the name of a Python and is none.
func standIn(t *testing.T, shell string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+shell+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}
