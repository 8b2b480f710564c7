package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
)

// message plans a message with these fields, all of type uint32.
func message(t *testing.T, fields ...string) *plan.Message {
	t.Helper()
	var b strings.Builder
	b.WriteString("syntax = \"proto2\";\npackage p;\nmessage m {\n")
	for i, name := range fields {
		fmt.Fprintf(&b, "optional uint32 %s = %d [json_name = \"j%d\"", name, i+1, i+1)
		// Names that fold alike want a column each.
		fmt.Fprintf(&b, ", (volint.volrender.v1.field) = {volatility2: {column: \"c%d\"} volatility3: {column: \"c%d\"}}];\n", i, i)
	}
	b.WriteString("}\n")
	source := strings.Replace(b.String(), "package p;", "package p;\nimport \"volint/volrender/v1/options.proto\";", 1)
	return plugintest.Plan(t, map[string]string{"p.proto": source}, "p.proto").Files[0].Messages[0]
}

func TestFieldNames(t *testing.T) {
	goName := func(f *plan.Field) string { return f.GoName }
	cName := func(f *plan.Field) string { return f.CName }
	pyName := func(f *plan.Field) string { return f.PyName }
	for _, c := range []struct {
		why    string
		name   func(*plan.Field) string
		fields string
		want   string
	}{
		{"Go: keywords are not in the way of exported names", goName, "type func range", "Type Func Range"},
		{"Go: a method of every row", goName, "reset decode message value append clone equal decode_copy", "Reset_ Decode_ Message_ Value_ Append_ Clone_ Equal_ DecodeCopy_"},
		{"Go: fmt calls String", goName, "string", "String_"},
		{"Go: the accessor of an earlier field", goName, "x has_x set_x clear_x", "X HasX_ SetX_ ClearX_"},
		{"Go: the accessor of a later field", goName, "has_x x", "HasX X_"},
		{"Go: one spelling of two names", goName, "foo_bar foo__bar", "FooBar Foo_Bar"},
		{"Go: one spelling of two names", goName, "foo_bar FooBar", "FooBar FooBar_"},
		{"Go: the escaped name is taken too", goName, "reset Reset_", "Reset_ Reset__"},
		{"Go: names that begin with _ or a digit after it", goName, "_x a_1b", "XX A_1B"},
		{"C: keywords of C11 and C++20", cName, "int class co_await _Atomic and char8_t", "int_ class_ co_await_ _Atomic_ and_ char8_t_"},
		{"C: macros of compilers and headers", cName, "linux errno NULL assert I major", "linux_ errno_ NULL_ assert_ I_ major_"},
		{"C: the presence bits", cName, "has has_", "has_ has__"},
		{"C++: a member that has its type's name", cName, "uint32_t bool", "uint32_t_ bool_"},
		{"Python: keywords of 2 and 3", pyName, "from print exec nonlocal async None lambda", "from_ print_ exec_ nonlocal_ async_ None_ lambda_"},
		{"Python: the escaped name is taken too", pyName, "from from_", "from_ from__"},
		{"Python: builtins do not disturb a field", pyName, "str id", "str id"},
		{"Python: what every row has", pyName, "self decode encode get unknown_fields _fill _shape _which", "self_ decode_ encode_ get_ unknown_fields_ _fill_ _shape_ _which_"},
		{"Python: names that classes change or that mean something", pyName, "__x __init__ _y", "__x___ __init___ _y"},
	} {
		var got []string
		for _, f := range message(t, strings.Fields(c.fields)...).Fields {
			got = append(got, c.name(f))
		}
		if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", c.why, c.fields, diff)
		}
	}
}

func TestTopLevelNames(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{
		"names.proto": `
			syntax = "proto2";
			message int { optional uint32 pid = 1; }
			message read { optional uint32 pid = 1; }
			message volint_row { optional uint32 pid = 1; }
			message str { optional uint32 pid = 1; }
			message c_string { optional uint32 pid = 1; }
			message class { optional uint32 pid = 1; }
			message names_commands { optional uint32 pid = 1; }
			message task { optional uint32 pid = 1; }
			message task_decode { optional uint32 pid = 1; }
			message task_has_pid { optional uint32 pid = 1; }
			message arena { optional uint32 pid = 1; }
			message foo_bar { optional uint32 pid = 1; }
			message Holder { optional Holder_Kind kind = 1; enum Kind { A = 0; } }
			enum Holder_Kind { B = 0; }
			enum FooBar { C = 0; }
		`,
	})
	type names struct{ Go, C, Python string }
	got := map[string]names{}
	for _, m := range p.Files[0].Messages {
		got[m.FullName] = names{m.GoName, m.CName, m.PyName}
	}
	for _, e := range p.Files[0].Enums {
		got[e.FullName] = names{e.GoName, e.CName, e.PyName}
	}
	want := map[string]names{
		"int":            {"Int", "int_", "int_"},                                 // C's type, Python's builtin
		"read":           {"Read", "read_", "read"},                               // POSIX's function
		"volint_row":     {"VolintRow", "volint_row_", "volint_row"},              // the C runtime's prefix
		"str":            {"Str", "str", "str_"},                                  // a builtin that expressions call
		"c_string":       {"CString", "c_string", "c_string_"},                    // a name in expressions' scope
		"class":          {"Class", "class_", "class_"},                           // a keyword of both
		"names_commands": {"NamesCommands_", "names_commands_", "names_commands"}, // the file's table
		"task":           {"Task", "task", "task"},
		"task_decode":    {"TaskDecode", "task_decode_", "task_decode"}, // a function of message task
		"task_has_pid":   {"TaskHasPid", "task_has_pid_", "task_has_pid"},
		"arena":          {"Arena", "arena_", "arena"}, // a parameter of C's functions
		"foo_bar":        {"FooBar", "foo_bar", "foo_bar"},
		"Holder":         {"Holder", "Holder", "Holder"},
		"Holder_Kind":    {"Holder_Kind", "Holder_Kind", "Holder_Kind"},
		"Holder.Kind":    {"Holder_Kind_", "Holder_Kind_", "Holder_Kind_"},
		"FooBar":         {"FooBar_", "FooBar", "FooBar"}, // one spelling of two names
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Names of what messages within messages, maps and oneofs bring along.
func TestNestedNames(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{
		"nested.proto": `
			syntax = "proto3";
			message Holder {
				message Inner { uint32 id = 1; }
				message labels_entry { uint32 id = 1; }
				message which_one { uint32 id = 1; }
				map<string, Inner> labels = 1;
				oneof one { Inner a = 2; uint32 b = 3; }
				oneof two { uint32 get_b = 4; Holder_Inner Holder_Inner = 5; }
				uint32 which_one_of = 6;
				uint32 WhichOne = 7;
				uint32 unknown = 8;
				uint32 unknown_fields = 9;
				Holder Holder_labels_entry = 10;
			}
			message Holder_Inner { uint32 id = 1; }
			message User { Holder h = 1; }
		`,
	}, "nested.proto")
	type names struct{ Go, C, Python string }
	got := map[string]names{}
	for _, m := range p.Files[0].Messages {
		got[m.FullName] = names{m.GoName, m.CName, m.PyName}
		if m.Name != "Holder" {
			continue
		}
		for _, f := range m.Fields {
			got["."+f.Name] = names{f.GoName, f.CName, f.PyName}
		}
		for _, o := range m.Oneofs {
			got["oneof "+o.Name] = names{o.GoName, o.CName, o.PyName}
		}
	}
	want := map[string]names{
		"Holder":               {"Holder", "Holder", "Holder"},
		"Holder.Inner":         {"Holder_Inner", "Holder_Inner", "Holder_Inner"},
		"Holder.labels_entry":  {"HolderLabelsEntry", "Holder_labels_entry_", "Holder_labels_entry"}, // the map's entry
		"Holder.which_one":     {"HolderWhichOne", "Holder_which_one_", "Holder_which_one"},          // the oneof's function
		"Holder_Inner":         {"Holder_Inner_", "Holder_Inner_", "Holder_Inner_"},                  // the nested message
		"User":                 {"User", "User", "User"},
		".labels":              {"Labels", "labels", "labels"},
		".a":                   {"A", "a", "a"},
		".b":                   {"B", "b", "b"},
		".get_b":               {"GetB_", "get_b", "get_b"},                         // B's default
		".Holder_Inner":        {"Holder_Inner", "Holder_Inner___", "Holder_Inner"}, // whatever C calls the type
		".which_one_of":        {"WhichOneOf", "which_one_of", "which_one_of"},
		".WhichOne":            {"WhichOne", "WhichOne", "WhichOne"},
		".unknown":             {"Unknown", "unknown_", "unknown"},
		".unknown_fields":      {"UnknownFields_", "unknown_fields", "unknown_fields_"},
		".Holder_labels_entry": {"HolderLabelsEntry", "Holder_labels_entry_", "Holder_labels_entry"},
		"oneof one":            {"WhichOne_", "one", "which_one"},
		"oneof two":            {"WhichTwo", "two", "which_two"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Two files of one Go package, whose full names are one name in C: the first by
// path keeps it, whatever the order of the request.
func TestNamesOfTwoFiles(t *testing.T) {
	files := map[string]string{
		"a.proto": `syntax = "proto2"; package a.b; option go_package = "example.com/x"; message c { optional uint32 pid = 1; }`,
		"b.proto": `syntax = "proto2"; package a; option go_package = "example.com/x"; message b_c { optional uint32 pid = 1; } enum C { Z = 0; }`,
	}
	for _, order := range [][]string{{"a.proto", "b.proto"}, {"b.proto", "a.proto"}} {
		got := map[string]string{}
		for _, f := range plugintest.Plan(t, files, order...).Files {
			for _, m := range f.Messages {
				got[m.FullName] = m.CName + " " + m.GoName
			}
			for _, e := range f.Enums {
				got[e.FullName] = e.CName + " " + e.GoName
			}
		}
		want := map[string]string{"a.b.c": "a_b_c C", "a.b_c": "a_b_c_ BC", "a.C": "a_C C_"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order %v (-want +got):\n%s", order, diff)
		}
	}
}

// A file's tables make way for what an earlier file of the Go package declares.
func TestTablesOfTwoFiles(t *testing.T) {
	files := map[string]string{
		"a.proto":   `syntax = "proto2"; package a; option go_package = "example.com/x"; message CDCommands { optional uint32 pid = 1; }`,
		"c_d.proto": `syntax = "proto2"; package c; option go_package = "example.com/x"; message c { optional uint32 pid = 1; }`,
		"cD.proto":  `syntax = "proto2"; package d; option go_package = "example.com/x"; message d { optional uint32 pid = 1; }`,
	}
	got := map[string]string{}
	for _, f := range plugintest.Plan(t, files).Files {
		got[f.Path] = f.Go.Commands + " " + f.Go.DescriptorVar
	}
	want := map[string]string{
		"a.proto":   "ACommands fileADescriptors",
		"cD.proto":  "CDCommands_ fileCDDescriptors",
		"c_d.proto": "CDCommands__ fileCDDescriptors_",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A module for programs imports others, and a package of its own runtime.
func TestPythonPrograms(t *testing.T) {
	files := map[string]string{
		"a.proto": `syntax = "proto2"; package a; message rows { optional uint32 pid = 1; } message b_rows { optional uint32 pid = 1; }
			message choice { oneof one { uint32 which_one = 1; uint32 b = 2; } }`,
		"b.proto":         `syntax = "proto2"; package b; message b { optional uint32 pid = 1; }`,
		"volrender.proto": `syntax = "proto2"; package c; message c { optional uint32 pid = 1; }`,
	}
	var got []string
	for _, f := range plugintest.Plan(t, files).Files {
		got = append(got, f.Python.Rows)
		for _, m := range f.Messages {
			got = append(got, m.PyName)
			for _, o := range m.Oneofs {
				got = append(got, o.PyName)
			}
		}
	}
	want := "a_rows rows_ b_rows_ choice which_one_ b_rows b volrender_rows_ c"
	if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPythonModules(t *testing.T) {
	source := `syntax = "proto2"; package p%d; message m%d { optional uint32 pid = 1; }`
	got := map[string]plan.PythonFile{}
	files := map[string]string{}
	for i, path := range []string{"a/b-c.proto", "1.proto", "in/x.proto"} {
		files[path] = fmt.Sprintf(source, i, i)
	}
	for _, f := range plugintest.Plan(t, files).Files {
		got[f.Path] = f.Python
	}
	want := map[string]plan.PythonFile{
		"a/b-c.proto": {Module: "a_b_c_volrender", Filename: "a_b_c_volrender.py", Rows: "a_b_c_rows", PB2: "a.b_c_pb2"},
		"1.proto":     {Module: "_1_volrender", Filename: "_1_volrender.py", Rows: "_1_rows", PB2: "1_pb2"},
		"in/x.proto":  {Module: "in_x_volrender", Filename: "in_x_volrender.py", Rows: "in_x_rows", PB2: "in.x_pb2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
