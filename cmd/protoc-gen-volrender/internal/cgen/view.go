package cgen

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// What the templates see: C text, ready to print.

type fileView struct {
	ABI                           int
	Path, Guard, Header, Commands string
	Includes                      []string
	// Reals says that a default needs <math.h>: infinity, or what is no number.
	Reals    bool
	Enums    []enumView
	Messages []messageView
	Rows     []commandView
}

type enumView struct {
	Doc, Name string
	Values    []enumValueView
}

type enumValueView struct{ Doc, Name, Number, Comma string }

type messageView struct {
	Doc, Name, FullName string
	// Words is the length of the array of presence bits.
	Words   int
	Members []memberView
	// Maps are the structs of its maps' entries.
	Maps     []entryView
	Presence []presenceView
	Setters  []setterView
	Oneofs   []oneofView
	// None is the struct's initializer, without the last two members.
	None []string
	// Steps are the fields that its reader takes; Marks says that some have
	// presence bits.
	Steps []step
	Marks bool
	// Puts are the fields that its writer puts, the last first.
	Puts []putView
	// Names are the tables of the fields' enums.
	Names []namesView
	// Fields are the lines of the table of fields, Order is their order by number
	// where that is another one.
	Fields []string
	Order  string
	// Parts are the VOLINT_HAS_... of its table.
	Parts string
	// Parameter and Argument are the arena, with a comma before it, where there is
	// one, and Argument else NULL.
	Parameter, Argument string
}

type memberView struct{ Doc, Declaration string }

type entryView struct {
	Doc, Name, FullName, Key, Value string
	None                            string
	Fields                          []string
}

type presenceView struct{ Function, Message, Test string }

type oneofView struct {
	Doc, Function, Message string
	Members                []oneofMember
}

type oneofMember struct {
	Test   string
	Number int32
}

type namesView struct {
	Table  string
	Values []enumValueView
}

func newFile(f *plan.File) fileView {
	v := fileView{
		ABI:      abi,
		Path:     plain(f.Path),
		Guard:    f.C.Guard,
		Header:   path.Base(f.C.Header),
		Commands: f.C.Commands,
		Includes: f.C.Includes,
	}
	for _, e := range f.Enums {
		v.Enums = append(v.Enums, newEnum(e))
	}
	for _, m := range f.Messages {
		v.Messages = append(v.Messages, newMessage(m))
		v.Reals = v.Reals || slices.ContainsFunc(m.Fields, needsMath)
	}
	for _, m := range f.Commands() {
		v.Rows = append(v.Rows, newCommand(m))
	}
	return v
}

func newEnum(e *plan.Enum) enumView {
	v := enumView{Doc: comment("", e.Doc), Name: e.CName}
	for i, value := range e.Values {
		comma := ","
		if i == len(e.Values)-1 {
			comma = ""
		}
		v.Values = append(v.Values, enumValueView{"\n" + comment("    ", value.Doc), value.CName, int32Literal(value.Number), comma})
	}
	openDocs(v.Values)
	return v
}

// openDocs keeps an empty line only where a comment follows.
func openDocs(values []enumValueView) {
	for i := range values {
		if values[i].Doc == "\n" || i == 0 {
			values[i].Doc = values[i].Doc[1:]
		}
	}
}

func newMessage(m *plan.Message) messageView {
	v := messageView{
		Doc:       comment("", m.Doc, deprecation(m.Deprecated)),
		Name:      m.CName,
		FullName:  quote(m.FullName),
		Words:     words(m),
		Steps:     steps(m),
		Puts:      puts(m),
		Order:     order(m),
		Parts:     parts(m),
		Parameter: ", volint_arena *arena",
		Argument:  "arena",
	}
	if m.Flat {
		v.Parameter, v.Argument = "", "NULL"
	}
	v.Marks = marks(v.Steps)
	for i, f := range m.Fields {
		doc := comment("    ", f.Doc, deprecation(f.Deprecated))
		if i > 0 && doc != "" {
			doc = "\n" + doc
		}
		v.Members = append(v.Members, memberView{doc, member(m, f)})
		v.None = append(v.None, none(f))
		v.Fields = append(v.Fields, newEntry(m, f).print(f))
		if f.Label == plan.Map {
			v.Maps = append(v.Maps, newMap(m, f))
		}
		if test := presence(f); test != "" {
			v.Presence = append(v.Presence, presenceView{m.CName + "_has_" + f.CName, m.CName, test})
			v.Setters = append(v.Setters, newSetter(m, f))
		}
		if f.Kind == plan.EnumKind {
			v.Names = append(v.Names, newNames(m, f))
		}
	}
	for _, o := range m.Oneofs {
		v.Oneofs = append(v.Oneofs, newOneof(m, o))
	}
	return v
}

// order is the initializer of a table of the fields' order by number, or "" where
// the table of fields is in that order.
func order(m *plan.Message) string {
	by := byNumber(m)
	if slices.IsSorted(by) {
		return ""
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(by), " ", ", "), "[]")
}

func parts(m *plan.Message) string {
	var set []string
	if slices.ContainsFunc(m.Fields, func(f *plan.Field) bool { return f.Label == plan.Map }) {
		set = append(set, "VOLINT_HAS_MAPS")
	}
	if slices.ContainsFunc(m.Fields, func(f *plan.Field) bool { return f.Presence == plan.Required }) {
		set = append(set, "VOLINT_HAS_REQUIRED")
	}
	if set == nil {
		return "0"
	}
	return strings.Join(set, " | ")
}

func entryName(m *plan.Message, f *plan.Field) string { return m.CName + "_" + f.CName + "_entry" }

func newMap(m *plan.Message, f *plan.Field) entryView {
	name := entryName(m, f)
	return entryView{
		Name:     name,
		Doc:      comment("", "One entry of "+f.Name+"."),
		FullName: quote(m.FullName + "." + f.Name),
		Key:      single(f.Key, "key"),
		Value:    single(f.Value, "value"),
		None:     none(f.Key) + ", " + none(f.Value),
		Fields: []string{
			entry{structName: name, member: "key", values: "NULL", message: "NULL"}.print(f.Key),
			entry{structName: name, member: "value", values: valuesTable(m, f), message: messageTable(f.Value)}.print(f.Value),
		},
	}
}

func newOneof(m *plan.Message, o *plan.Oneof) oneofView {
	v := oneofView{
		Doc:      comment("", o.Doc, "The number of the field of "+o.Name+" that is set, or 0."),
		Function: m.CName + "_which_" + o.CName,
		Message:  m.CName,
	}
	for _, i := range o.Fields {
		f := m.Fields[i]
		v.Members = append(v.Members, oneofMember{isSet(f), f.Number})
	}
	return v
}

func namesTable(m *plan.Message, f *plan.Field) string {
	return fmt.Sprintf("%s_names_%d", m.CName, f.Number)
}

func newNames(m *plan.Message, f *plan.Field) namesView {
	v := namesView{Table: namesTable(m, f)}
	for _, value := range f.Enum.Values {
		v.Values = append(v.Values, enumValueView{Name: quote(value.Name), Number: int32Literal(value.Number)})
	}
	return v
}
