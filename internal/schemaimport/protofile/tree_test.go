package protofile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/runtime/session"
)

const options = "import \"volint/volrender/v1/options.proto\";\n"

// one is a wanted file with messages that have a column each.
func one(t *testing.T, path, pkg string, plugins ...string) *schemaimport.File {
	t.Helper()
	text := "syntax = \"proto3\";\npackage " + pkg + ";\n"
	for _, plugin := range plugins {
		name := strings.ToUpper(plugin[:1]) + strings.ReplaceAll(plugin[1:], ".", "")
		text += "message " + name + " { option (volint.volrender.v1.command).volatility3.plugin = \"" + plugin + "\";\n" +
			"string a = 1 [(volint.volrender.v1.field).volatility3.column = \"A\"]; }\n"
	}
	w := wanted(t, text)
	w.Path = path
	return w
}

// TestTreeKeepsMessagesWhereTheyAre holds that a message that somebody moved to another
// file of the package is found there; one in another package only where any will do; and
// one of expressions never.
func TestTreeKeepsMessagesWhereTheyAre(t *testing.T) {
	tree := &protofile.Tree{}
	add := func(name, text string) {
		t.Helper()
		if err := tree.Add(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	add("x/v1/moved.proto", "syntax = \"proto3\"; package x.v1;\n"+options+"message Moved { option (volint.volrender.v1.command).volatility3.plugin = \"a.Moved\"; string a = 1; }\n")
	add("y/v1/other.proto", "syntax = \"proto3\"; package y.v1;\n"+options+"message Other { option (volint.volrender.v1.command).volatility3.plugin = \"a.Other\"; string a = 1; }\n")
	add("x/v1/expressions.proto", "syntax = \"proto3\"; package x.v1;\n"+options+"message Own { option (volint.volrender.v1.command).volatility3 = {plugin: \"a.Own\" rows: \"self.own()\"}; string a = 1 [(volint.volrender.v1.field).volatility3.expression = \"row.a\"]; }\n")
	want := one(t, "x/v1/new.proto", "x.v1", "a.Moved", "a.Other", "a.Own")
	scope := protofile.Scope{Versions: []session.Version{3}, All: true}

	for _, c := range []struct {
		anywhere bool
		said     string
	}{
		{false, "x/v1/new.proto: message added AOther, message added AOwn\nx/v1/moved.proto:\nx/v1/expressions.proto:\n"},
		{true, "x/v1/new.proto: message added AOwn\nx/v1/moved.proto:\ny/v1/other.proto:\nx/v1/expressions.proto:\n"},
	} {
		updates, err := tree.Merge([]*schemaimport.File{want}, scope, c.anywhere)
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for _, u := range updates {
			var words []string
			for _, change := range u.Changes {
				words = append(words, string(change.Kind)+" "+change.Name())
			}
			said[u.Path] = strings.TrimRight(u.Path+": "+strings.Join(words, ", "), " ") + "\n"
			if u.Changed() != (len(words) > 0) {
				t.Errorf("%s: changed is %v", u.Path, u.Changed())
			}
		}
		for path, line := range said {
			if !strings.Contains(c.said, line) {
				t.Errorf("anywhere %v: %s: %s", c.anywhere, path, line)
			}
		}
		if len(said) != strings.Count(c.said, "\n") {
			t.Errorf("anywhere %v: files %v", c.anywhere, said)
		}
	}
}

// TestTreeTellsOfPluginsThatWent holds that a message whose plugin another file's has is
// not taken for one whose plugin is gone.
func TestTreeTellsOfPluginsThatWent(t *testing.T) {
	tree := &protofile.Tree{}
	for name, plugin := range map[string]string{"x/v1/a.proto": "a.Gone", "x/v1/b.proto": "a.There"} {
		text := "syntax = \"proto3\"; package x.v1;\n" + options + "message " + plugin[2:] + " { option (volint.volrender.v1.command).volatility3.plugin = \"" + plugin + "\"; string a = 1; }\n"
		if err := tree.Add(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	updates, err := tree.Merge([]*schemaimport.File{one(t, "x/v1/c.proto", "x.v1", "a.There")}, protofile.Scope{Versions: []session.Version{3}, All: true}, false)
	if err != nil {
		t.Fatal(err)
	}
	var gone []string
	for _, u := range updates {
		for _, c := range u.Changes {
			gone = append(gone, string(c.Kind)+" "+c.Message)
		}
	}
	if diff := cmp.Diff([]string{"plugin gone Gone"}, gone); diff != "" {
		t.Error(diff)
	}
}

func TestReadTree(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a", "a.proto"), "syntax = \"proto3\";\nmessage A { string a = 1; }\n")
	put(t, filepath.Join(dir, ".git", "b.proto"), "not a schema")
	put(t, filepath.Join(dir, "volint", "volrender", "v1", "options.proto"), "nor is this looked at")
	put(t, filepath.Join(dir, "a", "notes.txt"), "nor this")
	tree, err := protofile.ReadTree(dir)
	if err != nil || len(tree.Files()) != 1 || tree.Files()[0].Name != "a/a.proto" {
		t.Errorf("%v, %v", tree, err)
	}
	if tree, err := protofile.ReadTree(filepath.Join(dir, "nosuch")); err != nil || len(tree.Files()) != 0 {
		t.Errorf("a folder that is not there: %v, %v", tree, err)
	}
	put(t, filepath.Join(dir, "a", "broken.proto"), "syntax = \"proto3\";\nmessage {}\n")
	if _, err := protofile.ReadTree(dir); err == nil || !strings.HasPrefix(err.Error(), "a/broken.proto:2:9: ") {
		t.Errorf("a broken file: %v", err)
	}
}

// TestWriteAllOrNothing has one file that can't be written: the others are as they were.
func TestWriteAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "there.proto"), "old")
	put(t, filepath.Join(dir, "file"), "a file where a folder is needed")
	updates := []protofile.Update{
		{Path: "there.proto", Before: []byte("old"), After: []byte("new")},
		{Path: "new/new.proto", After: []byte("new")},
		{Path: "file/x.proto", After: []byte("new")},
	}
	if err := protofile.Write(dir, updates); err == nil {
		t.Fatal("no error")
	}
	for name, want := range map[string]string{"there.proto": "old", "new/new.proto": "", "there.proto.partial": "", "new/new.proto.partial": ""} {
		text, _ := os.ReadFile(filepath.Join(dir, name))
		if string(text) != want {
			t.Errorf("%s holds %q", name, text)
		}
	}
	if err := protofile.Write(dir, updates[:2]); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"there.proto", "new/new.proto"} {
		if text, _ := os.ReadFile(filepath.Join(dir, name)); string(text) != "new" {
			t.Errorf("%s holds %q", name, text)
		}
	}
	// What does not change is not touched, nor what a link leads to replaced by a file.
	link := filepath.Join(dir, "link.proto")
	if err := os.Symlink("there.proto", link); err != nil {
		t.Skip(err)
	}
	if err := protofile.Write(dir, []protofile.Update{{Path: "link.proto", Before: []byte("new"), After: []byte("newer")}}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

// TestTreeKeepsMessagesOfBothVersions holds that an import for one version of Volatility
// finds the message that serves both in the package of the other.
func TestTreeKeepsMessagesOfBothVersions(t *testing.T) {
	for _, c := range []struct {
		pkg, other string
		added      int
	}{
		{"x.volatility2.v1", "x.volatility3.v1", 0},
		{"acme.volatility2.v1", "acme.v1", 0},
		{"acme.volatility2.v1", "acme.v2", 1},
		{"acme.volatility2.v1", "other.v1", 1},
	} {
		tree := &protofile.Tree{}
		text := "syntax = \"proto3\"; package " + c.other + ";\n" + options +
			"message Both { option (volint.volrender.v1.command).volatility3.plugin = \"a.Both\"; string a = 1; }\n"
		if err := tree.Add("both.proto", []byte(text)); err != nil {
			t.Fatal(err)
		}
		want := one(t, "new.proto", c.pkg, "a.Both")
		updates, err := tree.Merge([]*schemaimport.File{want}, protofile.Scope{Versions: []session.Version{3}, All: true}, false)
		if err != nil {
			t.Fatal(err)
		}
		changes := 0
		for _, u := range updates {
			changes += len(u.Changes)
		}
		if changes != c.added {
			t.Errorf("package %s beside %s: %d changes instead of %d", c.pkg, c.other, changes, c.added)
		}
	}
}
