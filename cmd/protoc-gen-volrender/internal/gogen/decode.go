package gogen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// decode prints the decoder: a loop over tags with one switch. Presence is
// gathered in variables, and what can go wrong is looked at once, behind the
// loop, since the functions that read return a negative index then.
func decode(out *jen.File, m *plan.Message) {
	comment(out, "Decode sets m from a message, and allocates nothing: text and bytes lie in\n"+
		"frame, which must not change while m is used. After an error m is empty.")
	out.Func().Params(self(m)).Id("Decode").Params(jen.Id("frame").Index().Byte()).Error().BlockFunc(func(g *jen.Group) {
		g.Op("*").Id("m").Op("=").Id(m.GoName).Values()
		declare(g, m)
		g.Id("i").Op(":=").Lit(0)
		g.For(jen.Id("uint").Call(jen.Id("i")).Op("<").Id("uint").Call(jen.Len(jen.Id("frame")))).Block(
			jen.Id("tag").Op(":=").Uint64().Call(jen.Id("frame").Index(jen.Id("i"))),
			jen.Id("i").Op("++"),
			jen.If(jen.Id("tag").Op(">=").Lit(0x80)).Block(
				jen.List(jen.Id("tag"), jen.Id("i")).Op("=").Add(runtime("Varint")).Call(jen.Id("frame"), jen.Id("i").Op("-").Lit(1)),
			),
			jen.Switch(jen.Id("tag")).BlockFunc(func(g *jen.Group) {
				for _, f := range m.Fields {
					g.Case(jen.Id(fmt.Sprint(tag(f)))).BlockFunc(func(g *jen.Group) { read(g, f) })
				}
				g.Default().Block(
					jen.Id("i").Op("=").Add(runtime("Skip")).Call(jen.Id("frame"), jen.Id("i"), jen.Id("tag")),
					jen.Id("m").Dot("unknown").Op("++"),
				)
			}),
		)
		g.If(jen.Id("i").Op("<").Lit(0)).Block(fail(m, runtime("Malformed").Call(jen.Op("&").Id(messageVar(m)), jen.Id("frame"), jen.Id("i")))...)
		required(g, m)
		for w := range words(m) {
			g.Id("m").Dot("has").Index(jen.Lit(w)).Op("=").Id(local(w))
		}
		g.Return(jen.Nil())
	})
	out.Line()

	comment(out, "DecodeCopy is Decode from a copy of frame, one for the whole row: frame may\nchange afterwards.")
	out.Func().Params(self(m)).Id("DecodeCopy").Params(jen.Id("frame").Index().Byte()).Error().Block(
		jen.Return(jen.Id("m").Dot("Decode").Call(runtime("CloneBlob").Call(jen.Id("frame")))),
	)
	out.Line()
}

// declare prints the variables that a decoder needs.
func declare(g *jen.Group, m *plan.Message) {
	var names []jen.Code
	for w := range words(m) {
		names = append(names, jen.Id(local(w)))
	}
	for _, f := range m.Fields {
		if kinds[f.Kind].readType == "uint64" {
			names = append(names, jen.Id("v"))
			break
		}
	}
	if len(names) > 0 {
		g.Var().List(names...).Uint64()
	}
}

// local is the variable that gathers one word of presence bits.
func local(word int) string { return fmt.Sprintf("has%d", word) }

// read prints what a tag's case does.
func read(g *jen.Group, f *plan.Field) {
	k := kinds[f.Kind]
	from := []jen.Code{jen.Id("frame"), jen.Id("i")}
	switch {
	case f.Kind == plan.Timestamp:
		g.Id("i").Op("=").Add(runtime(k.read)).Call(append(from, jen.Op("&").Add(member(f)))...)
	case k.readType == "":
		name := k.read
		if f.Kind == plan.String && f.ValidateUTF8 {
			name = "TextUTF8"
		}
		g.List(member(f), jen.Id("i")).Op("=").Add(runtime(name)).Call(from...)
	case k.readType == "uint64":
		g.List(jen.Id("v"), jen.Id("i")).Op("=").Add(runtime(k.read)).Call(from...)
		g.Add(member(f)).Op("=").Add(converted(f, k, "v"))
	default:
		g.Var().Id("u").Id(k.readType)
		g.List(jen.Id("u"), jen.Id("i")).Op("=").Add(runtime(k.read)).Call(from...)
		g.Add(member(f)).Op("=").Add(converted(f, k, "u"))
	}
	if f.Bit >= 0 {
		g.Id(local(word(f))).Op("|=").Lit(1).Op("<<").Lit(f.Bit % 64)
	}
}

// converted is the value of what was read into a variable.
func converted(f *plan.Field, k kind, name string) jen.Code {
	switch {
	case f.Kind == plan.Bool:
		return jen.Id(name).Op("!=").Lit(0)
	case k.convert != "":
		return runtime(k.convert).Call(jen.Id(name))
	}
	return goType(f).Parens(jen.Id(name))
}

// required prints the check for fields that must be there: one test a word, and
// which it is only where that fails.
func required(g *jen.Group, m *plan.Message) {
	for w := range words(m) {
		var bits uint64
		var cases []jen.Code
		for _, f := range m.Fields {
			if f.Presence != plan.Required || word(f) != w {
				continue
			}
			bits |= 1 << (f.Bit % 64)
			cases = append(cases, jen.Case(jen.Id(local(w)).Op("&").Add(mask(f)).Op("==").Lit(0)).Block(
				jen.Return(runtime("Missing").Call(jen.Op("&").Id(messageVar(m)), jen.Lit(f.Name), jen.Id("frame"))),
			))
		}
		if bits == 0 {
			continue
		}
		all := jen.Id(fmt.Sprintf("%#x", bits))
		g.If(jen.Id(local(w)).Op("&").Add(all).Op("!=").Add(all)).Block(
			jen.Op("*").Id("m").Op("=").Id(m.GoName).Values(),
			jen.Switch().Block(cases...),
		)
	}
}

// fail empties the row and returns an error.
func fail(m *plan.Message, err jen.Code) []jen.Code {
	return []jen.Code{
		jen.Op("*").Id("m").Op("=").Id(m.GoName).Values(),
		jen.Return(err),
	}
}
