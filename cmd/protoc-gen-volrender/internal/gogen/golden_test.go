package gogen_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/gogen"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

// TestGolden checks what is made of each folder of golden; the plug-in's own
// test compares it with what is committed there, which is compiled and run.
func TestGolden(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(testenv.Root(), "golden", "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			paths, err := filepath.Glob(filepath.Join(folder, "*.proto"))
			if err != nil {
				t.Fatal(err)
			}
			generate(t, plugintest.Plan(t, sources(t, paths...)))
		})
	}
}

// TestShippedSchema compares what is made of the schema that volint ships with
// what `buf generate` wrote, without buf.
func TestShippedSchema(t *testing.T) {
	files := sources(t, filepath.Join(testenv.Root(), "schema", "panda_vol_int.proto"))
	p, err := plugintest.Build(t, plugintest.Request(t, files, nil, "module=github.com/volint/volint/gen/go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range generate(t, p) {
		want, err := os.ReadFile(filepath.Join(testenv.Root(), "gen", "go", filepath.FromSlash(f.Name)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(f.Content)); diff != "" {
			t.Errorf("gen/go/%s is not what the emitter makes (-committed +generated):\n%s", f.Name, diff)
		}
	}
}

func sources(t *testing.T, paths ...string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(b)
	}
	return files
}

// header is how Go's tools know a generated file.
var header = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// generate prints a plan, twice, and checks what must hold of all output.
func generate(t *testing.T, p *plan.Plan) []output.File {
	t.Helper()
	files, err := gogen.Generate(p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := gogen.Generate(p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, again); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	for _, f := range files {
		check(t, f)
	}
	return files
}

func check(t *testing.T, f output.File) {
	t.Helper()
	if !header.Match(f.Content) {
		t.Errorf("%s has no header that Go's tools know", f.Name)
	}
	formatted, err := format.Source(f.Content)
	if err != nil {
		t.Fatalf("%s is no Go: %v", f.Name, err)
	}
	if !bytes.Equal(formatted, f.Content) {
		t.Errorf("%s is not formatted:\n%s", f.Name, cmp.Diff(string(formatted), string(f.Content)))
	}
	file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Content, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range file.Imports {
		if i.Path.Value != `"github.com/volint/volint/runtime/row"` && !strings.HasSuffix(i.Path.Value, `row"`) {
			t.Errorf("%s imports %s", f.Name, i.Path.Value)
		}
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Text != "//" && !strings.HasPrefix(c.Text, "// ") && !strings.HasPrefix(c.Text, "//\t") {
				t.Errorf("%s: a comment that Go could take for more: %s", f.Name, c.Text)
			}
		}
	}
	undocumented(t, f.Name, file)
}

// undocumented reports what is exported and has no comment, apart from fields
// and constants, whose comments are the schema's.
func undocumented(t *testing.T, name string, file *ast.File) {
	t.Helper()
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil {
				t.Errorf("%s: %s has no comment", name, d.Name)
			}
		case *ast.GenDecl:
			if d.Tok == token.TYPE && d.Doc == nil {
				t.Errorf("%s: a type has no comment", name)
			}
		}
	}
}

// TestComments: comments of a schema that are made to be more than that in Go.
func TestComments(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{"odd.proto": `syntax = "proto3";
option go_package = "example.com/odd";
//go:build ignore
//line other.go:1
/* */
// */ var x = 1
//
// # A heading
//   - a list
//  	indented
// ` + "a\u202ebidi\ufeff \x01 `quoted` \" \\n" + `
message Row {
  //export Field
  // +build ignore
  uint32 a = 1; // behind
  option deprecated = true;
  uint32 b = 2 [deprecated = true]; // only behind
}
`})
	got := string(generate(t, p)[0].Content)
	for _, bad := range []string{"\u202e", "\ufeff", "\x01"} {
		if strings.Contains(got, bad) {
			t.Errorf("the output has the character %q", bad)
		}
	}
	for _, want := range []string{"// Deprecated: marked as deprecated in odd.proto.\ntype Row struct", "// only behind\n", "// '+build' ignore\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the output does not have %q:\n%s", want, got)
		}
	}
}

// TestImports: types of other packages, two of which have one name.
func TestImports(t *testing.T) {
	part := func(path string) string {
		return `syntax = "proto3"; package ` + path + `; option go_package = "example.com/` + path + `/part"; message Part { uint32 x = 1; }`
	}
	p := plugintest.Plan(t, map[string]string{
		"a.proto": part("a"),
		"b.proto": part("b"),
		"c.proto": `syntax = "proto3"; package c; option go_package = "example.com/c";
			import "a.proto"; import "b.proto";
			message Both { a.Part a = 1; repeated b.Part b = 2; map<string, a.Part> c = 3; Own d = 4; }
			message Own { Own own = 1; }`,
	})
	for _, f := range generate(t, p) {
		if !strings.HasSuffix(f.Name, "c.volrender.go") {
			continue
		}
		got := string(f.Content)
		for _, want := range []string{
			"\t\"example.com/a/part/partrow\"\n", "\tpartrow1 \"example.com/b/part/partrow\"\n",
			"\tA *partrow.Part\n", "\tB []partrow1.Part\n", "\tC map[string]*partrow.Part\n", "\tD *Own\n",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("the output does not have %q:\n%s", want, got)
			}
		}
		return
	}
	t.Error("c.proto has no output")
}
