package gogen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// basics prints the methods that need no look at the fields.
func basics(out *jen.File, m *plan.Message) {
	comment(out, "Message describes m.")
	out.Func().Params(self(m)).Id("Message").Params().Op("*").Add(runtime("Message")).Block(
		jen.Return(jen.Op("&").Id(messageVar(m))),
	)
	out.Line()
	comment(out, "UnknownFields returns how many fields Decode passed over since the schema does\nnot have them.")
	out.Func().Params(self(m)).Id("UnknownFields").Params().Int().Block(jen.Return(jen.Id("m").Dot("unknown")))
	out.Line()
	comment(out, "Reset makes m empty.")
	out.Func().Params(self(m)).Id("Reset").Params().Block(
		jen.Op("*").Id("m").Op("=").Id(m.GoName).Values(),
	)
	out.Line()
}

// values prints Value.
func values(out *jen.File, m *plan.Message) {
	comment(out, "Value returns the value of field i, counted from 0 in the order of the .proto\nfile.")
	out.Func().Params(self(m)).Id("Value").Params(jen.Id("i").Int()).Add(runtime("Value")).Block(
		jen.Switch(jen.Id("i")).BlockFunc(func(g *jen.Group) {
			for i, f := range m.Fields {
				g.Case(jen.Lit(i)).Block(jen.Return(value(m, i, f)))
			}
		}),
		jen.Return(runtime("Value").Values()),
	)
	out.Line()
}

func value(m *plan.Message, i int, f *plan.Field) jen.Code {
	k := kinds[f.Kind]
	present := jen.True()
	if hasMethod(f) {
		present = jen.Id("m").Dot("Has" + f.GoName).Call()
	}
	switch {
	case f.Kind == plan.Absence || f.Kind == plan.EnumKind && f.Enum.Local:
		return runtime(k.value).Call(present, jen.Int32().Parens(member(f)), names(f))
	case f.Kind == plan.EnumKind:
		return runtime(k.value).Call(present, member(f), jen.Id(messageVar(m)).Dot("Fields").Index(jen.Lit(i)).Dot("Enum"))
	}
	return runtime(k.value).Call(present, as(k.valueType, member(f)))
}

// hasMethod says whether a field can be without a value: one of implicit
// presence can't, unless some number stands for that.
func hasMethod(f *plan.Field) bool { return f.Presence != plan.Implicit || f.HasAbsentValue }

// presence prints HasX, SetX and ClearX.
func presence(out *jen.File, m *plan.Message) {
	for _, f := range m.Fields {
		if hasMethod(f) {
			has(out, m, f)
		}
		if f.Presence != plan.Implicit {
			set(out, m, f)
		}
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
	comment(out, text, deprecated(f.Deprecated, f.Pos.File))
	out.Func().Params(self(m)).Id("Has" + f.GoName).Params().Bool().Block(jen.Return(test))
	out.Line()
}

func set(out *jen.File, m *plan.Message, f *plan.Field) {
	bits := jen.Id("m").Dot("has").Index(jen.Lit(word(f)))
	comment(out, fmt.Sprintf("Set%s sets %s.", f.GoName, f.GoName), deprecated(f.Deprecated, f.Pos.File))
	out.Func().Params(self(m)).Id("Set"+f.GoName).Params(jen.Id("v").Add(goType(f))).Block(
		member(f).Op("=").Id("v"),
		bits.Clone().Op("|=").Lit(1).Op("<<").Lit(f.Bit%64),
	)
	out.Line()
	comment(out, fmt.Sprintf("Clear%s takes the value of %s away.", f.GoName, f.GoName), deprecated(f.Deprecated, f.Pos.File))
	out.Func().Params(self(m)).Id("Clear"+f.GoName).Params().Block(
		member(f).Op("=").Add(zero(f)),
		bits.Clone().Op("&^=").Lit(1).Op("<<").Lit(f.Bit%64),
	)
	out.Line()
}

// zero is the zero of a field's type.
func zero(f *plan.Field) jen.Code {
	switch f.Kind {
	case plan.Bool:
		return jen.False()
	case plan.String:
		return jen.Lit("")
	case plan.Bytes:
		return jen.Nil()
	case plan.Timestamp:
		return runtime("Timestamp").Values()
	}
	return jen.Lit(0)
}
