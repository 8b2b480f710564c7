package protofile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/runtime/session"
)

// TestMerge runs the cases in testdata/merge: before.proto, where there is one, what
// is wanted as want.proto, which names every column, and after that after.proto and
// what was said of it. The archive's comment says what was asked: "3", "3 2 all".
// VOLINT_GOLDEN=refresh writes the outcome.
func TestMerge(t *testing.T) {
	names, err := filepath.Glob("testdata/merge/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			c := readCase(t, name)
			after, said := c.merge(t, c.before)
			if os.Getenv("VOLINT_GOLDEN") == "refresh" {
				c.write(t, name, after, said)
				return
			}
			if diff := cmp.Diff(c.after, after); diff != "" {
				t.Errorf("after.proto (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.said, said); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			again, said := c.merge(t, after)
			if diff := cmp.Diff(after, again); diff != "" {
				t.Errorf("the second merge changed the text:\n%s", diff)
			}
			if strings.Contains(said, "! ") {
				t.Errorf("the second merge says:\n%s", said)
			}
		})
	}
}

// testCase is one archive.
type testCase struct {
	scope         protofile.Scope
	comment       string
	before, after string
	want          string
	said          string
}

func readCase(t testing.TB, name string) *testCase {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := &testCase{comment: string(archive.Comment)}
	for _, f := range archive.Files {
		text := string(f.Data)
		switch f.Name {
		case "before.proto":
			c.before = unescape(text)
		case "want.proto":
			c.want = text
		case "after.proto":
			c.after = unescape(text)
		case "said":
			c.said = text
		default:
			t.Fatalf("%s has a file %s", name, f.Name)
		}
	}
	last := c.comment[strings.LastIndexByte(strings.TrimSpace(c.comment), '\n')+1:]
	for _, word := range strings.Fields(last) {
		switch word {
		case "2", "3":
			c.scope.Versions = append(c.scope.Versions, session.Version(word[0]-'0'))
		case "all":
			c.scope.All = true
		default:
			t.Fatalf("%s: the comment's last line has %q", name, word)
		}
	}
	return c
}

// escapes are how archives write what editors hide.
var escapes = strings.NewReplacer("<CR>", "\r", "<BOM>", "\uFEFF", "<NOEOL>\n", "")

func unescape(s string) string { return escapes.Replace(s) }

func (c *testCase) merge(t *testing.T, before string) (string, string) {
	t.Helper()
	file, err := protofile.Parse("x.proto", []byte(before))
	if err != nil {
		t.Fatal(err)
	}
	after, changes, err := file.Merge(wanted(t, c.want), c.scope)
	if err != nil {
		return before, err.Error() + "\n"
	}
	return string(after), say(changes)
}

func say(changes []protofile.Change) string {
	var b strings.Builder
	for _, c := range changes {
		mark := "  "
		if c.Kind.Changes() {
			mark = "! "
		}
		fmt.Fprintf(&b, "%s%d %s: %s: %s\n", mark, c.Line, c.Name(), c.Kind, c.Text)
	}
	return b.String()
}

func (c *testCase) write(t *testing.T, name, after, said string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var files []txtar.File
	for _, f := range archive.Files {
		if f.Name == "before.proto" || f.Name == "want.proto" {
			files = append(files, f)
		}
	}
	if after != "" && after[len(after)-1] != '\n' {
		after += "<NOEOL>\n"
	}
	after = strings.NewReplacer("\r", "<CR>", "\uFEFF", "<BOM>").Replace(after)
	archive.Files = append(files, txtar.File{Name: "after.proto", Data: []byte(after)}, txtar.File{Name: "said", Data: []byte(said)})
	if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}

// wanted reads what is wanted from a .proto's text.
func wanted(t testing.TB, text string) *schemaimport.File {
	t.Helper()
	f, err := protofile.Parse("want.proto", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := &schemaimport.File{Path: "x.proto", Package: f.Package, GoPackage: "example.com/x"}
	for _, m := range f.Messages {
		if m.Source(2).GetPlugin() == "" && m.Source(3).GetPlugin() == "" {
			continue // no import wants that
		}
		message := &schemaimport.Message{Name: m.Name, Doc: "Made from the table.", Command: m.Command}
		for _, x := range m.Fields {
			cells := []*volrenderv1.Cell{x.Cell(2), x.Cell(3)}
			filled := func(c *volrenderv1.Cell) bool { return c.GetColumn() != "" || c.GetExpression() != "" }
			if !slices.ContainsFunc(cells, filled) && !x.Option.GetTreeDepth() && !m.Companion(x) {
				continue // nor that
			}
			message.Fields = append(message.Fields, &schemaimport.Field{
				Name: x.Name, Type: x.Type, Optional: !x.Repeated && !strings.Contains(x.Type, "."), Repeated: x.Repeated,
				Doc: "A value.", Option: x.Option, Deprecated: x.Deprecated,
			})
		}
		w.Messages = append(w.Messages, message)
	}
	return w
}

// wantedColumn is the option of a field that takes a column of Volatility 3's.
func wantedColumn(title string) *volrenderv1.Field {
	return &volrenderv1.Field{
		Volatility2: &volrenderv1.Cell{None: proto.Bool(true)},
		Volatility3: &volrenderv1.Cell{Column: proto.String(title)},
	}
}
