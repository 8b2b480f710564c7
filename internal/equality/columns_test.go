package equality

import (
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/dynamic/schema"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// treeMessages are those of testdata/tree.proto.
func treeMessages(t *testing.T) *Messages {
	m := &Messages{descriptors: map[string]protoreflect.MessageDescriptor{}}
	for _, name := range []string{"Node", "Leaf"} {
		c := command(t, name)
		message, err := dynamic.Message(c.New())
		if err != nil {
			t.Fatal(err)
		}
		m.commands = append(m.commands, c)
		m.descriptors[c.Message.FullName] = message.ProtoReflect().Descriptor()
	}
	return m
}

// command is a message of testdata/tree.proto.
func command(t *testing.T, name string) row.Command {
	t.Helper()
	s, err := schema.Load(filepath.Join("testdata", "tree.proto"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rowOf makes a row of JSON.
func rowOf(t *testing.T, c row.Command, json string) row.Row {
	t.Helper()
	typ, err := dynamic.TypeOfRow(c.New())
	if err != nil {
		t.Fatal(err)
	}
	r, err := typ.FromJSON([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A row is held beside a table's, column by column.
func TestRowDifference(t *testing.T) {
	const v3, whole = session.Volatility3, `{"depth": 1, "row": {"OFFSET (V)": 150083337191424, "FileName": "/a", "Created": null}}`
	for _, c := range []struct {
		name    string
		version session.Version
		row     string
		shown   string
		want    string
	}{
		{"equal", v3, `{"level": 1, "offset": "0xffff888000000000", "file_name": "/a"}`, whole, ""},
		{"another value", v3, `{"level": 1, "offset": "0xffff888000000000", "file_name": "/b"}`, whole,
			`file_name: it is "/b", and Volatility shows "/a"`},
		{"no value", v3, `{"level": 1, "file_name": "/a"}`, whole, "offset: it is not set, and Volatility shows 150083337191424"},
		{"another depth", v3, `{"level": 2, "offset": "0xffff888000000000", "file_name": "/a"}`, whole,
			"level: it is 2, and the depth in the tree 1"},
		{"no value, with the reason", v3, `{"level": 0, "why": 2}`, `{"depth": 0, "row": {"OFFSET (V)": null, "FileName": null, "Created": null}}`, ""},
		{"a value, and why there is none", v3, `{"level": 0, "offset": 1, "why": 2}`,
			`{"depth": 0, "row": {"OFFSET (V)": 1, "FileName": null, "Created": null}}`, "why: it is ABSENCE_UNREADABLE, and there is a value"},
		{"a column in no field", v3, `{"level": 0}`, `{"depth": 0, "row": {"OFFSET (V)": null, "FileName": null, "Created": null, "PID": 1, "A": 1}}`,
			"no field takes A, PID"},
		{"a value in no column", v3, `{"level": 0, "file_name": "/a"}`, `{"depth": 0, "row": {"OFFSET (V)": null, "Created": null}}`,
			`file_name: it is "/a", and there is no such column`},
		{"another version's column", session.Volatility2, `{"level": 0, "offset": 1, "file_name": "/a"}`,
			`{"depth": 0, "row": {"OFFSET (V)": 1, "FileName": "/a"}}`, "offset: it is 1, and there is no such column"},
		{"the other version", session.Volatility2, `{"level": 0, "offset": 1, "file_name": "/a"}`,
			`{"depth": 0, "row": {"Address": 1, "FileName": "/a"}}`, ""},
		{"a column that it is said not to have", session.Volatility2, `{"level": 0}`,
			`{"depth": 0, "row": {"Address": null, "FileName": null, "Created": null}}`, "no field takes Created"},
	} {
		t.Run(c.name, func(t *testing.T) {
			node := command(t, "Node")
			of := treeMessages(t).columns(node, c.version)
			text, err := fromFrame([]byte(c.shown))
			if err != nil {
				t.Fatal(err)
			}
			shown, err := parseRow(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := of.difference(Rules{}, rowOf(t, node, c.row), shown); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Depths that a message has no field for are told.
func TestNoDepth(t *testing.T) {
	leaf := command(t, "Leaf")
	of := treeMessages(t).columns(leaf, session.Volatility3)
	shown, err := parseRow("2\tName=\"a\"")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := of.difference(Rules{}, rowOf(t, leaf, `{"name": "a"}`), shown), "no field takes the depth in the tree, 2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Tables are as long as one another, and written with the same files.
func TestTypedDifference(t *testing.T) {
	leaf := command(t, "Leaf")
	of := treeMessages(t).columns(leaf, session.Volatility3)
	rows := []row.Row{rowOf(t, leaf, `{"name": "a"}`)}
	for _, c := range []struct {
		name  string
		typed Typed
		table Table
		want  string
	}{
		{"equal", Typed{Rows: rows}, Table{Rows: []string{"0\tName=\"a\""}}, ""},
		{"fails in both", Typed{Failed: "x"}, Table{Failed: "y"}, ""},
		{"fails", Typed{Failed: "x"}, Table{}, "it fails: x"},
		{"does not fail", Typed{}, Table{Failed: "x"}, "Volatility fails: x"},
		{"less rows", Typed{}, Table{Rows: []string{"0\tName=\"a\""}}, "0 rows, and Volatility shows 1"},
		{"more rows", Typed{Rows: rows}, Table{}, "1 rows, and Volatility shows 0"},
		{"other files", Typed{Rows: rows}, Table{Rows: []string{"0\tName=\"a\""}, Files: []string{"f"}}, "other files were written"},
		{"what was lost is told", Typed{Rows: rows, Lost: []string{"name: too odd (1)"}}, Table{Rows: []string{"0\tName=\"b\""}},
			`row 1: name: it is "a", and Volatility shows "b"; not written: name: too odd (1)`},
	} {
		got, err := c.typed.difference(of, Rules{}, c.table)
		if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A plugin's message is the one that takes its columns, and its own where two do.
func TestMessages(t *testing.T) {
	m := treeMessages(t)
	node, leaf := &m.commands[0], &m.commands[1]
	node.Volatility3 = row.Plugin{Offered: true, Name: "some.tree.Tree"}
	leaf.Name, leaf.Volatility3 = "some.tree", row.Plugin{Offered: true, Name: "some.tree.Tree", Aliases: []string{"some.old.Tree"}}
	leaf.Volatility2 = row.Plugin{Offered: true, Name: "some_tree"}
	for _, c := range []struct {
		version      session.Version
		plugin, want string
	}{
		{session.Volatility3, "some.tree.Tree", "tree.Leaf"},
		{session.Volatility3, "some.old.Tree", "tree.Leaf"},
		{session.Volatility3, "some.tree", ""},
		{session.Volatility2, "some_tree", "tree.Leaf"},
	} {
		var got string
		message, columns, ok := m.For(c.version, c.plugin)
		if ok {
			got = message.Message.FullName
		}
		if columns != (ok && c.version == session.Volatility3) { // Leaf's rows are an expression's in Volatility 2
			t.Errorf("Volatility %d's %s takes columns: %v", c.version, c.plugin, columns)
		}
		if got != c.want {
			t.Errorf("Volatility %d's %s: %q, want %q", c.version, c.plugin, got, c.want)
		}
	}
}

func TestParseRow(t *testing.T) {
	for _, text := range []string{"", "x\tA=1", "0\tA"} {
		if r, err := parseRow(text); err == nil {
			t.Errorf("%q is read as %v", text, r)
		}
	}
}
