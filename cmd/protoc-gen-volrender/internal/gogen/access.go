package gogen

import (
	"bytes"
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// hasMethod says whether a field can be without a value: one of implicit
// presence can't, unless some number stands for that.
func hasMethod(f *plan.Field) bool { return f.Presence != plan.Implicit || f.HasAbsentValue }

// presence prints HasX, SetX, ClearX and GetX of each field, and WhichX of each oneof.
// They are most of a file, and so plain that they are printed as gofmt has them.
func presence(out *jen.File, later *holes, m *plan.Message) {
	later.add(out, func(b *bytes.Buffer, types *spelling) {
		a := &accessors{b, types, m}
		for _, f := range m.Fields {
			if hasMethod(f) {
				a.has(f)
			}
			if f.Presence != plan.Implicit {
				a.set(f)
				a.clear(f)
			}
			if f.HasDefault {
				a.get(f)
			}
		}
		for _, o := range m.Oneofs {
			a.which(o)
		}
	})
}

// accessors prints the methods of a message's fields.
type accessors struct {
	b     *bytes.Buffer
	types *spelling
	m     *plan.Message
}

// method prints a method: its signature behind the receiver, and the body's lines.
func (a *accessors) method(comment []string, signature string, body ...string) {
	if a.b.Len() > 0 {
		a.b.WriteByte('\n')
	}
	for _, line := range comment {
		a.b.WriteString(line + "\n")
	}
	a.b.WriteString("func (m *" + a.m.GoName + ") " + signature + " {\n")
	for _, line := range body {
		a.b.WriteString("\t" + line + "\n")
	}
	a.b.WriteString("}\n")
}

// of prints a method of a field.
func (a *accessors) of(f *plan.Field, text, signature string, body ...string) {
	a.method(docLines(text, deprecated(f.Deprecated, f.Pos.File)), signature, body...)
}

func (a *accessors) has(f *plan.Field) {
	text, test := fmt.Sprintf("Has%s reports whether %s is set.", f.GoName, f.GoName), ""
	if f.Presence != plan.Implicit {
		test = isSet(f)
	}
	if f.HasAbsentValue {
		text = fmt.Sprintf("Has%s reports whether %s has a value; %s stands for none.", f.GoName, f.GoName, absentValue(f))
		if test != "" {
			test += " && "
		}
		test += member(f) + " != " + absentValue(f)
	}
	a.of(f, text, "Has"+f.GoName+"() bool", "return "+test)
}

func (a *accessors) set(f *plan.Field) {
	text := fmt.Sprintf("Set%s sets %s.", f.GoName, f.GoName)
	var body []string
	if f.Oneof != nil {
		text = fmt.Sprintf("Set%s sets %s, and takes the value of any other member of its oneof away.", f.GoName, f.GoName)
		for _, i := range f.Oneof.Fields {
			if other := a.m.Fields[i]; other != f {
				body = append(body, "m.Clear"+other.GoName+"()")
			}
		}
	}
	body = append(body, member(f)+" = v")
	if f.Bit >= 0 {
		body = append(body, fmt.Sprintf("%s |= 1 << %d", presenceWord(f), f.Bit%64))
	}
	a.of(f, text, "Set"+f.GoName+"(v "+a.types.of(f)+")", body...)
}

func (a *accessors) clear(f *plan.Field) {
	body := []string{member(f) + " = " + a.zero(f)}
	if f.Bit >= 0 {
		body = append(body, fmt.Sprintf("%s &^= 1 << %d", presenceWord(f), f.Bit%64))
	}
	a.of(f, fmt.Sprintf("Clear%s takes the value of %s away.", f.GoName, f.GoName), "Clear"+f.GoName+"()", body...)
}

func (a *accessors) get(f *plan.Field) {
	text := fmt.Sprintf("Get%s returns %s, or the schema's default where it is not set.", f.GoName, f.GoName)
	a.of(f, text, "Get"+f.GoName+"() "+a.types.of(f),
		"if "+isSet(f)+" {", "\treturn "+member(f), "}", "return "+a.types.spelled(defaultValue(f)))
}

func (a *accessors) which(o *plan.Oneof) {
	body := []string{"switch {"}
	for _, i := range o.Fields {
		body = append(body, "case "+isSet(a.m.Fields[i])+":", fmt.Sprintf("\treturn %d", a.m.Fields[i].Number))
	}
	a.method(docLines(fmt.Sprintf("%s returns the number of the field of oneof %s that is set, or 0.", o.GoName, o.Name), o.Doc),
		o.GoName+"() int32", append(body, "}", "return 0")...)
}

// zero is the zero of a field's type.
func (a *accessors) zero(f *plan.Field) string {
	switch f.Kind {
	case plan.Bool:
		return "false"
	case plan.String:
		return `""`
	case plan.Bytes, plan.MessageKind:
		return "nil"
	case plan.Timestamp:
		return a.types.of(f) + "{}"
	}
	return "0"
}
