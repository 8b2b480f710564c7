package protofile_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/runtime/session"
)

// TestRandomHistories takes a plugin through random histories: its columns come, go and
// come back, in one version or both, and each time somebody imports. Nothing is lost,
// what is imported twice changes nothing, and every column has one field, unless its
// name is reserved or somebody said none.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		text := starts[r.IntN(len(starts))]
		for step := range 6 {
			want := randomWant(r)
			scope := protofile.Scope{All: r.IntN(2) == 0}
			for _, v := range []session.Version{2, 3} {
				if want.versions[v] {
					scope.Versions = append(scope.Versions, v)
				}
			}
			name := fmt.Sprintf("seed %d, step %d", seed, step)
			text = mergeAndCheck(t, name, text, want, scope)
			if t.Failed() {
				return
			}
		}
	}
}

// starts are files to begin with.
var starts = []string{
	"",
	"syntax = \"proto2\";\n\npackage x;\n",
	"edition = \"2023\";\npackage x.volint;\noption features.field_presence = IMPLICIT;\n",
	`syntax = "proto3";
package x;
import "volint/volrender/v1/options.proto";
message Mine { // here
  /* b */ string b = 3; oneof which { string c = 9; int64 d = 1; }
  string other = 4 [deprecated = true];
  reserved 2, 5 to 7;
}
`,
	`syntax = "proto3";
package x;
import "volint/volrender/v1/options.proto";

// By hand.
message Mine {
  option (volint.volrender.v1.command).volatility3.plugin = "mine.Mine";
  option (volint.volrender.v1.command).volatility2 = {plugin: "mine"};

  // One.
  string one = 1 [(volint.volrender.v1.field) = {volatility3: {column: "A"}, volatility2: {column: "B"}}]; // one

  // Two.
  string two = 2 [
    (volint.volrender.v1.field).volatility3.column = "C"
  ];

  // Expressions have no place in a table, but for the tool to leave alone.
  bytes raw = 3 [(volint.volrender.v1.field) = {
    volatility3: {none: true} /* here */
    volatility2: {column: "H"}
  }];
}
`,
}

// history is a random state of a plugin.
type history struct {
	file     *schemaimport.File
	versions map[session.Version]bool
	columns  map[session.Version][]string
}

func randomWant(r *rand.Rand) history {
	h := history{versions: map[session.Version]bool{}, columns: map[session.Version][]string{}}
	command := &volrenderv1.Command{Volatility2: &volrenderv1.Source{None: proto.Bool(true)}, Volatility3: &volrenderv1.Source{None: proto.Bool(true)}}
	which := 1 + r.IntN(3)
	if h.versions[2] = which&1 != 0; h.versions[2] {
		command.Volatility2 = &volrenderv1.Source{Plugin: proto.String("mine"), Options: randomOptions(r)}
	}
	if h.versions[3] = which&2 != 0; h.versions[3] {
		command.Volatility3 = &volrenderv1.Source{Plugin: proto.String("mine.Mine"), Options: randomOptions(r)}
		if r.IntN(4) == 0 {
			command.Volatility3.Plugin, command.Volatility3.Aliases = proto.String("new.mine.Mine"), []string{"mine.Mine"}
		}
	}
	m := &schemaimport.Message{Name: "Mine", Doc: "Made.", Command: command}
	for i, title := range strings.Split("ABCDEFGH", "") {
		f := &schemaimport.Field{Name: strings.ToLower(title), Type: "string", Optional: true, Doc: "Made.", Option: &volrenderv1.Field{}}
		in2 := h.versions[2] && r.IntN(3) > 0
		in3 := h.versions[3] && r.IntN(3) > 0
		if !in2 && !in3 {
			continue
		}
		f.Option.Volatility2 = h.cell(2, in2, title, i, r)
		f.Option.Volatility3 = h.cell(3, in3, title, i, r)
		if r.IntN(6) == 0 {
			name := f.Name + "_absence"
			f.Option.Absence = &name
			m.Fields = append(m.Fields, &schemaimport.Field{Name: name, Type: "volint.volrender.v1.Absence", Optional: true, Doc: "Why."})
		}
		f.Deprecated = r.IntN(8) == 0
		m.Fields = append(m.Fields, f)
	}
	if r.IntN(3) == 0 {
		m.Fields = append(m.Fields, &schemaimport.Field{Name: "tree_depth", Type: "uint32", Optional: true, Option: &volrenderv1.Field{TreeDepth: proto.Bool(true)}})
	}
	h.file = &schemaimport.File{Path: "x.proto", Package: "x", Messages: []*schemaimport.Message{m}}
	return h
}

func (h *history) cell(v session.Version, in bool, title string, i int, r *rand.Rand) *volrenderv1.Cell {
	switch {
	case !h.versions[v]:
		return nil
	case !in:
		return &volrenderv1.Cell{None: proto.Bool(true)}
	case v == 2 && i%2 == 1 && r.IntN(2) == 0:
		title += " (old)"
	}
	h.columns[v] = append(h.columns[v], title)
	return &volrenderv1.Cell{Column: proto.String(title)}
}

func randomOptions(r *rand.Rand) []*volrenderv1.PluginOption {
	var out []*volrenderv1.PluginOption
	for _, name := range []string{"pid", "dump"} {
		if r.IntN(2) == 0 {
			out = append(out, &volrenderv1.PluginOption{Name: proto.String(name), Type: volrenderv1.OptionType(1 + r.IntN(2)).Enum()})
		}
	}
	return out
}

func mergeAndCheck(t *testing.T, name, text string, h history, scope protofile.Scope) string {
	t.Helper()
	before, err := protofile.Parse("x.proto", []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	after, changes, err := before.Merge(h.file, scope)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	keeps(t, before, after)
	file, err := protofile.Parse("x.proto", after)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, after)
	}
	again, more, err := file.Merge(h.file, scope)
	if err != nil || string(again) != string(after) {
		t.Errorf("%s: the second merge: %v\n%s\n%s\nwas\n%s", name, err, say(more), again, after)
	}
	for _, m := range file.Messages {
		for v, titles := range h.columns {
			for i, title := range titles {
				if n := takers(m, v, titles, i); n != 1 && !m.Reserves(strings.ToLower(title[:1])) && !strings.Contains(say(changes), title) {
					t.Errorf("%s: %d fields take volatility%d's %q\n%s\nbefore:\n%s\nsaid:\n%s", name, n, v, title, after, text, say(changes))
				}
			}
		}
	}
	return string(after)
}

// takers counts the fields that take a column.
func takers(m *protofile.Message, v session.Version, titles []string, i int) int {
	n := 0
	for _, f := range m.Fields {
		if m.Column(f, v, titles) == i {
			n++
		}
	}
	return n
}
