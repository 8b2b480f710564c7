package fuzz

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/volint/volint/golden/scalars/go/scalarsrow"
	"github.com/volint/volint/golden/shapes/go/shapesrow"
	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/row"
)

// golden are messages of the golden corpus, which has every shape of field.
var golden = []struct {
	name  string
	fresh func() row.Row
}{
	{"golden.shapes.v1.Shapes2", func() row.Row { return new(shapesrow.Shapes2) }},
	{"golden.shapes.v1.Shapes3", func() row.Row { return new(shapesrow.Shapes3) }},
	{"golden.shapes.v1.Shapes2023", func() row.Row { return new(shapesrow.Shapes2023) }},
	{"golden.shapes.v1.HasNothing", func() row.Row { return new(shapesrow.HasNothing) }},
	{"golden.shapes.v1.Node", func() row.Row { return new(shapesrow.Node) }},
	{"golden.shapes.v1.Ping", func() row.Row { return new(shapesrow.Ping) }},
	{"golden.scalars.v1.Proto2", func() row.Row { return new(scalarsrow.Proto2) }},
	{"golden.scalars.v1.Proto3", func() row.Row { return new(scalarsrow.Proto3) }},
	{"golden.scalars.v1.Wide", func() row.Row { return new(scalarsrow.Wide) }},
}

// goldenSchema reads the corpus's .proto files.
func goldenSchema(t testing.TB) *schema.Compiled {
	t.Helper()
	s := schema.Schema{Files: map[string]string{}}
	for _, folder := range []string{"shapes", "scalars"} {
		paths, err := filepath.Glob(filepath.Join(testenv.Root(), "golden", folder, "*.proto"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s.Files[filepath.Base(path)] = string(text)
		}
	}
	for _, g := range golden {
		s.Roots = append(s.Roots, g.name)
	}
	c, err := s.Compile(filepath.Join(testenv.Root(), "schema"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func goldenStructs(t testing.TB) []*structs {
	t.Helper()
	c := goldenSchema(t)
	var all []*structs
	for i, g := range golden {
		all = append(all, newStructs(c.Messages[i], g.fresh))
	}
	return all
}

// TestShapes: the structs of the golden corpus.
func TestShapes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for _, s := range goldenStructs(t) {
		for _, message := range messages(random, s.md, 1000) {
			s.try(t, message)
		}
	}
}

// FuzzShapes: any bytes.
func FuzzShapes(f *testing.F) { fuzzAll(f, goldenStructs(f)) }
