package drift_test

import (
	"context"
	"io/fs"
	"testing"

	"github.com/volint/volint"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/drift"
	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

// TestShipped compares the shipped schemas with the Volatilities that volint works with:
// the newest has all that they have and no more, the oldest no more, and with all
// together an import finds nothing to do.
func TestShipped(t *testing.T) {
	testenv.Uses(t, "runtime/python")
	schema, err := fs.Sub(volint.Schema, "schema")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := protofile.ReadFS(schema)
	if err != nil {
		t.Fatal(err)
	}
	var all []schemaimport.Installed
	for _, c := range []struct {
		name    string
		version session.Version
		python  func(testing.TB) string
		older   bool
	}{
		{"newest", session.Volatility3, testenv.Python3, false},
		{"oldest", session.Volatility3, testenv.Python3Oldest, true},
		{"2", session.Volatility2, testenv.Python2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			installed := ask(t, c.version, c.python(t))
			all = append(all, installed)
			found, err := drift.Compare(tree.Files(), installed, drift.Options{Whole: true, Older: c.older})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Fails {
					t.Errorf("%s: %s: %s: %s", f.Place(), f.Name(), f.Kind, f.What)
				}
			}
		})
	}
	t.Run("import", func(t *testing.T) {
		testenv.Need(t, len(all) == 3, "one of the Volatilities", "run `make setup`")
		nothingToDo(t, tree, all)
	})
}

// nothingToDo imports what the Volatilities have into the schemas.
func nothingToDo(t *testing.T, tree *protofile.Tree, all []schemaimport.Installed) {
	wants, _, err := schemaimport.Options{Bare: true}.Model(all)
	if err != nil {
		t.Fatal(err)
	}
	scope := protofile.Scope{Versions: []session.Version{session.Volatility2, session.Volatility3}, All: true}
	updates, err := tree.Merge(wants, scope, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range updates {
		for _, c := range u.Changes {
			if !c.Kind.Changes() {
				continue
			}
			t.Errorf("%s: %s: %s: %s; `make import` does it", c.Where(), c.Name(), c.Kind, c.Text)
		}
		if u.Changed() && len(u.Changes) == 0 {
			t.Errorf("%s would change, and nothing says why", u.Path)
		}
	}
}

// ask asks a Volatility for all its tables.
func ask(t *testing.T, version session.Version, python string) schemaimport.Installed {
	t.Helper()
	config := session.Config{Version: version, Python: python}
	s, err := session.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tables, err := s.Tables(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	candidates := session.Probe(context.Background(), config)
	if len(candidates) != 1 {
		t.Fatalf("%d Pythons", len(candidates))
	}
	release := candidates[0].Volatility3
	if version == session.Volatility2 {
		release = candidates[0].Volatility2
	}
	return schemaimport.Installed{Version: version, Release: release, Tables: tables}
}
