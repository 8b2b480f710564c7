package schema_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
)

// TestRandom: every schema compiles, and together they have the whole language.
func TestRandom(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(150) {
		s := schema.Random(seed, "example.com/fuzz")
		compiled, err := s.Compile(filepath.Join(testenv.Root(), "schema"))
		if err != nil {
			for path, text := range s.Files {
				t.Log(path + "\n" + text)
			}
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, md := range compiled.Messages {
			note(seen, md, map[protoreflect.FullName]bool{})
		}
	}
	for _, want := range []string{
		"proto2", "proto3", "editions", "group", "groups", "message", "list", "packed", "map", "map of messages", "oneof",
		"default", "required", "recursion", "closed enum", "open enum", "unchecked text", "other package", "nested type",
		"extension range", "many fields", "far number", "timestamp", "Struct",
	} {
		if !seen[want] {
			t.Errorf("no schema has: %s", want)
		}
	}
}

func TestRandomIsTheSameForTheSameSeed(t *testing.T) {
	if diff := cmp.Diff(schema.Random(7, "m"), schema.Random(7, "m")); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(schema.Random(7, "m").Files["s7.proto"], strings.ReplaceAll(schema.Random(8, "m").Files["s8.proto"], "8", "7")) {
		t.Error("other seeds make the same schema")
	}
}

// note marks what a message and those in it have.
func note(seen map[string]bool, md protoreflect.MessageDescriptor, above map[protoreflect.FullName]bool) {
	if above[md.FullName()] {
		seen["recursion"] = true
		return
	}
	above[md.FullName()] = true
	defer delete(above, md.FullName())
	mark := func(what string, is bool) { seen[what] = seen[what] || is }
	seen[md.ParentFile().Syntax().String()] = true
	mark("extension range", md.ExtensionRanges().Len() > 0)
	mark("required", md.RequiredNumbers().Len() > 0)
	mark("many fields", md.Fields().Len() > 64)
	mark("other package", strings.HasSuffix(string(md.ParentFile().Package()), ".lib"))
	_, nested := md.Parent().(protoreflect.MessageDescriptor)
	mark("nested type", nested)
	mark("Struct", md.Name() == "Struct")
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		mark("map", fd.IsMap())
		mark("map of messages", fd.IsMap() && fd.MapValue().Message() != nil)
		mark("list", fd.IsList())
		mark("packed", fd.IsPacked())
		mark("group", fd.Kind() == protoreflect.GroupKind)
		mark("groups", fd.Kind() == protoreflect.GroupKind && fd.IsList())
		mark("message", fd.Kind() == protoreflect.MessageKind)
		mark("oneof", fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic())
		mark("default", fd.HasDefault())
		mark("far number", fd.Number() > 1<<26)
		mark("closed enum", fd.Enum() != nil && fd.Enum().IsClosed())
		mark("open enum", fd.Enum() != nil && !fd.Enum().IsClosed())
		if fd.Kind() == protoreflect.StringKind && md.ParentFile().Syntax() == protoreflect.Editions {
			u, ok := fd.(interface{ EnforceUTF8() bool })
			mark("unchecked text", ok && !u.EnforceUTF8())
		}
		if of := fd.Message(); of != nil && len(above) < 9 {
			mark("timestamp", of.FullName() == "google.protobuf.Timestamp")
			note(seen, of, above)
		}
	}
}
