package gogen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// hasMethod says whether a field can be without a value: one of implicit
// presence can't, unless some number stands for that.
func hasMethod(f *plan.Field) bool { return f.Presence != plan.Implicit || f.HasAbsentValue }

// presence prints HasX, SetX, ClearX and GetX.
func presence(out *jen.File, m *plan.Message) {
	for _, f := range m.Fields {
		if hasMethod(f) {
			has(out, m, f)
		}
		if f.Presence != plan.Implicit {
			set(out, m, f)
			clear(out, m, f)
		}
		if f.HasDefault {
			get(out, m, f)
		}
	}
	for _, o := range m.Oneofs {
		which(out, m, o)
	}
}

func has(out *jen.File, m *plan.Message, f *plan.Field) {
	text := fmt.Sprintf("Has%s reports whether %s is set.", f.GoName, f.GoName)
	var test *jen.Statement
	if f.Presence != plan.Implicit {
		test = isSet(f)
	}
	if f.HasAbsentValue {
		text = fmt.Sprintf("Has%s reports whether %s has a value; %#v stands for none.", f.GoName, f.GoName, absentValue(f))
		differs := member(f).Op("!=").Add(absentValue(f))
		if test == nil {
			test = differs
		} else {
			test.Op("&&").Add(differs)
		}
	}
	accessor(out, m, f, text, jen.Id("Has"+f.GoName).Params().Bool(), jen.Return(test))
}

func set(out *jen.File, m *plan.Message, f *plan.Field) {
	text := fmt.Sprintf("Set%s sets %s.", f.GoName, f.GoName)
	var body []jen.Code
	if f.Oneof != nil {
		text = fmt.Sprintf("Set%s sets %s, and takes the value of any other member of its oneof away.", f.GoName, f.GoName)
		for _, i := range f.Oneof.Fields {
			if other := m.Fields[i]; other != f {
				body = append(body, jen.Id("m").Dot("Clear"+other.GoName).Call())
			}
		}
	}
	body = append(body, member(f).Op("=").Id("v"))
	if f.Bit >= 0 {
		body = append(body, presenceWord(f).Op("|=").Lit(1).Op("<<").Lit(f.Bit%64))
	}
	accessor(out, m, f, text, jen.Id("Set"+f.GoName).Params(jen.Id("v").Add(goType(f))), body...)
}

func clear(out *jen.File, m *plan.Message, f *plan.Field) {
	body := []jen.Code{member(f).Op("=").Add(zero(f))}
	if f.Bit >= 0 {
		body = append(body, presenceWord(f).Op("&^=").Lit(1).Op("<<").Lit(f.Bit%64))
	}
	text := fmt.Sprintf("Clear%s takes the value of %s away.", f.GoName, f.GoName)
	accessor(out, m, f, text, jen.Id("Clear"+f.GoName).Params(), body...)
}

func get(out *jen.File, m *plan.Message, f *plan.Field) {
	text := fmt.Sprintf("Get%s returns %s, or the schema's default where it is not set.", f.GoName, f.GoName)
	accessor(out, m, f, text, jen.Id("Get"+f.GoName).Params().Add(goType(f)),
		jen.If(isSet(f)).Block(jen.Return(member(f))),
		jen.Return(defaultValue(f)))
}

// which prints WhichX of a oneof.
func which(out *jen.File, m *plan.Message, o *plan.Oneof) {
	comment(out, fmt.Sprintf("%s returns the number of the field of oneof %s that is set, or 0.", o.GoName, o.Name), o.Doc)
	out.Func().Params(self(m)).Id(o.GoName).Params().Int32().Block(
		jen.Switch().BlockFunc(func(g *jen.Group) {
			for _, i := range o.Fields {
				g.Case(isSet(m.Fields[i])).Block(jen.Return(jen.Lit(int(m.Fields[i].Number))))
			}
		}),
		jen.Return(jen.Lit(0)),
	)
	out.Line()
}

// accessor prints a method of a field.
func accessor(out *jen.File, m *plan.Message, f *plan.Field, text string, signature *jen.Statement, body ...jen.Code) {
	comment(out, text, deprecated(f.Deprecated, f.Pos.File))
	out.Func().Params(self(m)).Add(signature).Block(body...)
	out.Line()
}

// zero is the zero of a field's type.
func zero(f *plan.Field) jen.Code {
	switch f.Kind {
	case plan.Bool:
		return jen.False()
	case plan.String:
		return jen.Lit("")
	case plan.Bytes, plan.MessageKind:
		return jen.Nil()
	case plan.Timestamp:
		return runtime("Timestamp").Values()
	}
	return jen.Lit(0)
}
