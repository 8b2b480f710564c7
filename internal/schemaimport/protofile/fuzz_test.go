package protofile_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/runtime/session"
)

// FuzzMerge merges one file's messages into another: whatever stands in them, it does
// not crash, what comes out can be read and keeps every number and name, and the same
// once more changes nothing.
func FuzzMerge(f *testing.F) {
	names, err := filepath.Glob("testdata/merge/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		c := readCase(f, name)
		f.Add(c.before, c.want, uint8(7))
		f.Add(c.after, c.before, uint8(3))
	}
	f.Fuzz(func(t *testing.T, before, want string, bits uint8) {
		if _, err := protofile.Parse("want.proto", []byte(want)); err != nil {
			t.Skip()
		}
		file, err := protofile.Parse("x.proto", []byte(before))
		if err != nil {
			t.Skip()
		}
		scope := protofile.Scope{All: bits&4 != 0}
		for v := session.Volatility2; v <= session.Volatility3; v++ {
			if bits>>(v-2)&1 != 0 {
				scope.Versions = append(scope.Versions, v)
			}
		}
		after, _, err := file.Merge(wanted(t, want), scope)
		var mistake *protofile.Mistake
		if errors.As(err, &mistake) && strings.Contains(mistake.What, "name") {
			return // two messages want one name
		}
		if err != nil {
			t.Fatal(err)
		}
		keeps(t, file, after)
		file, err = protofile.Parse("x.proto", after)
		if err != nil {
			t.Fatal(err)
		}
		again, changes, err := file.Merge(wanted(t, want), scope)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(after), string(again)); diff != "" {
			t.Fatalf("the second merge changed the text:\n%s\n%s", diff, say(changes))
		}
	})
}

// keeps holds that each field is there as it was, or reserved.
func keeps(t *testing.T, before *protofile.File, text []byte) {
	t.Helper()
	after, err := protofile.Parse("x.proto", text)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range before.Messages {
		now := after.Messages[i]
		if now.Name != m.Name {
			t.Fatalf("message %s became %s", m.Name, now.Name)
		}
		for _, f := range m.Fields {
			if now.Has(f) || now.ReservesField(f) {
				continue
			}
			t.Fatalf("%s.%s = %d is neither there nor reserved", m.Name, f.Name, f.Number)
		}
	}
}
