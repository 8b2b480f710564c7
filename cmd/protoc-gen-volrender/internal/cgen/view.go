package cgen

import (
	"fmt"
	"path"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// What the templates see: C text, ready to print.

type fileView struct {
	ABI                           int
	Path, Guard, Header, Commands string
	Includes                      []string
	Enums                         []enumView
	Messages                      []messageView
}

type enumView struct {
	Doc, Name string
	Values    []enumValueView
}

type enumValueView struct{ Doc, Name, Number, Comma string }

type messageView struct {
	Doc, Name string
	// Words is the length of the array of presence bits.
	Words    int
	Fields   []fieldView
	Presence []presenceView
	// Strings are the members that point at "" without a value.
	Strings []string
	// Missing is the condition that a required field is missing, or "".
	Missing string
	// Names are the tables of the fields' enums.
	Names []namesView
	// The rest are the entries of the table of commands; Table is two of them,
	// the fields and how many.
	Command, FullName, Volatility2, Volatility3, Table string
}

type presenceView struct{ Function, Message, Test string }

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
		Doc:         comment("", m.Doc, deprecation(m.Deprecated)),
		Name:        m.CName,
		Words:       words(m),
		Missing:     missing(m),
		Command:     quote(m.Command),
		FullName:    quote(m.FullName),
		Volatility2: plugin(m.Volatility2),
		Volatility3: plugin(m.Volatility3),
		Table:       "NULL, 0",
	}
	for i, f := range m.Fields {
		field := newField(m, f)
		if i > 0 && field.Doc != "" {
			field.Doc = "\n" + field.Doc
		}
		v.Fields = append(v.Fields, field)
		if f.Kind == plan.String || f.Kind == plan.Bytes {
			v.Strings = append(v.Strings, f.CName)
		}
		if test := presence(f); test != "" {
			v.Presence = append(v.Presence, presenceView{m.CName + "_has_" + f.CName, m.CName, test})
		}
		if f.Kind == plan.EnumKind {
			v.Names = append(v.Names, newNames(m, f))
		}
	}
	if len(m.Fields) > 0 {
		v.Table = fmt.Sprintf("%s_fields, %d", m.CName, len(m.Fields))
	}
	return v
}

// plugin is a plugin's name in the table of commands: NULL where this version
// has none, "" where the name is looked up.
func plugin(s *plan.Source) string {
	if s == nil {
		return "NULL"
	}
	return quote(s.Plugin)
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
