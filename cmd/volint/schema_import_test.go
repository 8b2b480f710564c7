package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
)

// fakeVolatility has tables, by the name of its Python: py2 has Volatility 2.
type fakeVolatility struct {
	fakeRunner
	tables map[string][]session.PluginTable
}

func (f *fakeVolatility) Tables(_ context.Context, plugin string) ([]session.PluginTable, error) {
	if plugin != "" {
		return nil, &session.Error{Code: "unknown-plugin", Message: "there is no plugin " + plugin, Hint: "it has names like it"}
	}
	return f.tables[f.config.Python], nil
}

// volint runs a command line in this process.
func (f *fakeVolatility) volint(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Setenv("VOLINT_PYTHON", "")
	t.Setenv("VOLINT_VOLATILITY", "")
	var out, said strings.Builder
	a := &app{stdin: strings.NewReader(""), stdout: &out, ui: &ui{stderr: &said}}
	a.open = func(_ context.Context, c session.Config) (session.Runner, error) { f.config = c; return f, nil }
	a.probe = func(_ context.Context, c session.Config) []session.Candidate {
		if c.Python == "py2" {
			return []session.Candidate{{Volatility2: "2.6.1", Chosen: c.Version == session.Volatility2}}
		}
		return []session.Candidate{{Volatility3: "2.28.2", Chosen: c.Version == session.Volatility3}}
	}
	status = a.main(context.Background(), args)
	return status, out.String(), said.String()
}

// newFake has a plugin of one's own, one of Volatility's in both versions, and one
// without a table.
func newFake() *fakeVolatility {
	options := []session.Option{{Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "Filter"}}
	return &fakeVolatility{tables: map[string][]session.PluginTable{
		"": {
			{Plugin: "linux.pslist.PsList", Doc: "Lists processes.", Options: options, How: "both", Columns: []session.Column{
				{Title: "PID", Type: "int"}, {Title: "COMM", Type: "str"}, {Title: "Odd", Type: "str"}}},
			{Plugin: "mine.Mine", Doc: "Lists what is mine.", How: "both", Columns: []session.Column{
				{Title: "My Number", Type: "int"}, {Title: "Text (raw)", Type: "bytes"}}},
			{Plugin: "mine.text.Text", Reason: "writes text only"},
		},
		"py2": {
			{Plugin: "linux_pslist", Doc: "Lists processes.", How: "run", Columns: []session.Column{
				{Title: "Name", Type: "str"}, {Title: "Pid", Type: "str"}, {Title: "Only2", Type: "int"}}},
		},
	}}
}

// plugin is one of the tables of Volatility 3, to be changed.
func (f *fakeVolatility) plugin(name string) *session.PluginTable {
	tables := f.tables[""]
	return &tables[slices.IndexFunc(tables, func(t session.PluginTable) bool { return t.Plugin == name })]
}

func TestImportPrintsOnePlugin(t *testing.T) {
	for _, name := range []string{"mine.Mine", "mine", "Mine"} {
		status, stdout, stderr := newFake().volint(t, "schema", "import", name)
		if status != 0 || stderr != "" {
			t.Fatalf("status %d: %s", status, stderr)
		}
		for _, want := range []string{"\npackage mine.v1;\n", "\nmessage Mine {\n", `import "volint/volrender/v1/options.proto";`,
			`plugin: "mine.Mine"`, "optional int64 my_number = 1", "bytes text_raw = 2"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: no %q in\n%s", name, want, stdout)
			}
		}
	}
}

func TestImportMerges(t *testing.T) {
	f := newFake()
	file := filepath.Join(t.TempDir(), "acme", "v1", "rows.proto")
	imports := func(want ...string) string {
		t.Helper()
		status, stdout, stderr := f.volint(t, "schema", "import", "mine.Mine", "-o", file)
		if status != 0 || !strings.Contains(stderr, "summary: ") {
			t.Fatalf("status %d: %s", status, stderr)
		}
		for _, w := range want {
			if !strings.Contains(stdout, w) {
				t.Errorf("no %q in the list\n%s", w, stdout)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	text := imports("message added", "rows.proto:")
	if !strings.Contains(text, "package acme.v1;") {
		t.Errorf("the package does not go by the folders:\n%s", text)
	}
	if again := imports(); again != text {
		t.Errorf("the second import changed the file:\n%s", again)
	}

	mine := f.plugin("mine.Mine")
	mine.Columns = append(mine.Columns[1:], session.Column{Title: "Added", Type: "bool"})
	status, stdout, stderr := f.volint(t, "schema", "check", file)
	if status != 1 || !strings.Contains(stdout, "column new") || !strings.Contains(stdout, "column gone") || !strings.Contains(stderr, "in 2 places") {
		t.Errorf("the check: status %d\n%s%s", status, stdout, stderr)
	}
	status, stdout, _ = f.volint(t, "schema", "import", "mine.Mine", "-o", file, "--dry-run")
	if status != 0 || !strings.Contains(stdout, "\n+  reserved 1;") {
		t.Errorf("the dry run: status %d\n%s", status, stdout)
	}
	text = imports("field added", "field removed")
	if !strings.Contains(text, "reserved 1;") || !strings.Contains(text, "optional bool added = 3;") {
		t.Errorf("after the third import:\n%s", text)
	}
	if status, stdout, stderr := f.volint(t, "schema", "check", file); status != 0 || stdout != "" {
		t.Errorf("the check after it: status %d\n%s%s", status, stdout, stderr)
	}
}

func TestImportAll(t *testing.T) {
	f := newFake()
	dir := t.TempDir()
	args := []string{"schema", "import", "--all", "--python", "", "--python", "py2", "-o", dir, "--format", "jsonl"}
	status, stdout, stderr := f.volint(t, args...)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	var kinds []string
	for line := range strings.Lines(stdout) {
		var info importInfo
		if err := json.Unmarshal([]byte(line), &info); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, string(info.Kind)+" "+info.Message+info.Plugin)
	}
	slices.Sort(kinds)
	if diff := cmp.Diff([]string{"message added LinuxPslist", "message added Mine", "untyped mine.text.Text"}, kinds); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"volint/volatility3/v1/generic.proto", "volint/volatility3/v1/linux.proto"}, filesBelow(t, dir)); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile(filepath.Join(dir, "volint", "volatility3", "v1", "linux.proto"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`plugin: "linux_pslist"`, `plugin: "linux.pslist.PsList"`, `name: "pid"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if status, stdout, _ := f.volint(t, args...); status != 0 || strings.Count(stdout, "\n") != 1 {
		t.Errorf("once more: status %d\n%s", status, stdout)
	}
	if status, stdout, stderr := f.volint(t, "schema", "check", "--all", "--python", "", "--python", "py2", dir); status != 0 {
		t.Errorf("the check: status %d\n%s%s", status, stdout, stderr)
	}
}

func TestCheckTells(t *testing.T) {
	f := newFake()
	dir := t.TempDir()
	if status, _, stderr := f.volint(t, "schema", "import", "--all", "-o", dir); status != 0 {
		t.Fatal(stderr)
	}
	pslist := f.plugin("linux.pslist.PsList")
	pslist.Columns[0].Type = "str"
	pslist.Columns = append(pslist.Columns[:2], session.Column{Title: "New", Type: "int"})
	pslist.Options = []session.Option{{Name: "pid", Kind: "int", Optional: true}, {Name: "dump", Kind: "bool", Optional: true}}
	f.tables[""] = append(f.tables[""], session.PluginTable{Plugin: "other.Other", Columns: pslist.Columns})
	mine := f.plugin("mine.Mine")
	mine.Columns, mine.Reason = nil, "writes text only"

	status, stdout, _ := f.volint(t, "schema", "check", "--all", "--format", "jsonl", dir)
	want := []string{
		"column gone LinuxPslist.odd fails", "column new LinuxPslist fails", "option changed LinuxPslist fails", "option new LinuxPslist fails",
		"other type LinuxPslist.pid fails", "plugin gone Mine fails", "plugin new other.Other fails",
	}
	if diff := cmp.Diff(want, findings(t, stdout)); diff != "" || status != 1 {
		t.Errorf("status %d\n%s", status, diff)
	}
	status, stdout, _ = f.volint(t, "schema", "check", "--all", "--older", "--format", "jsonl", dir)
	want = []string{
		"column gone LinuxPslist.odd", "column new LinuxPslist fails", "option changed LinuxPslist", "option new LinuxPslist",
		"other type LinuxPslist.pid", "plugin gone Mine", "plugin new other.Other fails",
	}
	if diff := cmp.Diff(want, findings(t, stdout)); diff != "" || status != 1 {
		t.Errorf("older: status %d\n%s", status, diff)
	}
	// Of files that were named, nobody says that they have all plugins.
	_, stdout, _ = f.volint(t, "schema", "check", "--format", "jsonl", dir)
	if strings.Contains(stdout, "plugin new") {
		t.Errorf("without --all:\n%s", stdout)
	}
}

// findings are a check's lines, in short.
func findings(t *testing.T, stdout string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(stdout) {
		var f struct {
			Kind, File, Message, Field, Plugin string
			Line                               int
			Fails                              bool
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		words := f.Kind + " " + f.Message
		switch {
		case f.Message == "":
			words += f.Plugin
		case f.Field != "":
			words += "." + f.Field
		}
		if (f.Message == "") != (f.File == "" && f.Line == 0) {
			t.Errorf("no place in %s", line)
		}
		if f.Fails {
			words += " fails"
		}
		all = append(all, words)
	}
	slices.Sort(all)
	return all
}

// TestImportWritesNothing holds that a mistake leaves all files as they are.
func TestImportWritesNothing(t *testing.T) {
	f := newFake()
	for _, c := range []struct{ name, text, want, hint string }{
		{"broken", "syntax = \"proto3\";\nmessage {\n", ":2:9: syntax error", "mend the file"},
		{"twice", "syntax = \"proto3\";\nmessage A { string a = 1; string b = 1; }\n", ":2:38: ", "mend the file"},
		{"taken", "syntax = \"proto3\";\nmessage Mine {\n  option (volint.volrender.v1.command).volatility3.plugin = \"x.Y\";\n}\n", ":2:9: the message Mine is not of the plugin mine.Mine", "another name"},
		{"option", "syntax = \"proto3\";\nmessage A {\n  option (volint.volrender.v1.command).ignore = 7;\n}\n", ":3:3: the option (volint.volrender.v1.command).ignore can't be read", "options.proto"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "rows.proto")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := f.volint(t, "schema", "import", "mine.Mine", "-o", file)
		if status != 1 || stdout != "" || !strings.Contains(stderr, "error: "+filepath.ToSlash(file)+c.want) || !strings.Contains(stderr, c.hint) {
			t.Errorf("%s: status %d\n%s%s", c.name, status, stdout, stderr)
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != c.text || len(filesBelow(t, dir)) != 1 {
			t.Errorf("%s: the file is another: %s, %v", c.name, text, err)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"", 2, "needs the name of a plugin"},
		{"mine.Mine --all -o x", 2, "mine.Mine are named"},
		{"--all", 2, "need a folder"},
		{"mine.Mine --dry-run", 2, "without -o"},
		{"mine.Mine --format csv", 2, "table or jsonl"},
		{"mine.text", 1, "no message can be made of mine.text.Text: writes text only"},
		{"nosuch", 1, "there is no plugin nosuch"},
		{"mine.Mine --volatility 4", 2, "there is no Volatility 4"},
	} {
		status, stdout, stderr := newFake().volint(t, append([]string{"schema", "import"}, strings.Fields(c.args)...)...)
		if status != c.status || stdout != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: status %d\n%s%s", c.args, status, stdout, stderr)
		}
	}
}

// filesBelow are the files below a folder, with slashes.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
