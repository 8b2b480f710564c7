package gogen_test

import (
	"bytes"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/gogen"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

// TestScalars compares what is made of golden/scalars with what is committed
// there, which other tests compile and run. VOLINT_UPDATE_GOLDEN=1 writes it.
func TestScalars(t *testing.T) {
	folder := filepath.Join(testenv.Root(), "golden", "scalars")
	sources := map[string]string{}
	for _, name := range []string{"proto2.proto", "proto3.proto", "edition2023.proto", "wide.proto"} {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = string(b)
	}
	request := plugintest.Request(t, sources, nil, "paths=source_relative")
	p, err := plugintest.Build(t, request)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range generate(t, p) {
		golden(t, filepath.Join(folder, "go", filepath.FromSlash(f.Name)), f.Content)
	}
}

// golden compares a file with what is committed, or writes it.
func golden(t *testing.T, path string, content []byte) {
	t.Helper()
	if os.Getenv("VOLINT_UPDATE_GOLDEN") == "1" {
		write(t, path, content)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if diff := cmp.Diff(string(want), string(content)); diff != "" {
		t.Errorf("%s (-committed +generated; VOLINT_UPDATE_GOLDEN=1 writes it):\n%s", path, diff)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
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
		if !header.Match(f.Content) {
			t.Errorf("%s has no header that Go's tools know", f.Name)
		}
		formatted, err := format.Source(f.Content)
		if err != nil {
			t.Errorf("%s is no Go: %v", f.Name, err)
		} else if !bytes.Equal(formatted, f.Content) {
			t.Errorf("%s is not formatted:\n%s", f.Name, cmp.Diff(string(formatted), string(f.Content)))
		}
	}
	return files
}

// TestShippedSchema: the same for the schema that volint ships. `buf generate`
// writes that file, through the same emitter.
func TestShippedSchema(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "schema", "panda_vol_int.proto"))
	if err != nil {
		t.Fatal(err)
	}
	request := plugintest.Request(t, map[string]string{"panda_vol_int.proto": string(b)}, nil, "module=github.com/volint/volint/gen/go")
	p, err := plugintest.Build(t, request)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range generate(t, p) {
		golden(t, filepath.Join(testenv.Root(), "gen", "go", filepath.FromSlash(f.Name)), f.Content)
	}
}
