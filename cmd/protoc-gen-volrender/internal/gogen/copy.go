package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// copies prints Clone and Equal.
func copies(out *jen.File, m *plan.Message) {
	comment(out, "Clone returns a copy of m that borrows nothing.")
	out.Func().Params(self(m)).Id("Clone").Params().Op("*").Id(m.GoName).BlockFunc(func(g *jen.Group) {
		g.Id("c").Op(":=").Op("*").Id("m")
		for _, f := range m.Fields {
			switch f.Kind {
			case plan.String:
				g.Id("c").Dot(f.GoName).Op("=").Add(runtime("CloneText")).Call(member(f))
			case plan.Bytes:
				g.Id("c").Dot(f.GoName).Op("=").Add(runtime("CloneBlob")).Call(member(f))
			}
		}
		g.Return(jen.Op("&").Id("c"))
	})
	out.Line()

	comment(out, "Equal reports whether m and o have the same fields set to the same values; a\nNaN equals a NaN.")
	out.Func().Params(self(m)).Id("Equal").Params(jen.Id("o").Op("*").Id(m.GoName)).Bool().Block(
		jen.Return(equal(m)),
	)
	out.Line()
}

// equal is the comparison, a line a field.
func equal(m *plan.Message) jen.Code {
	var terms []*jen.Statement
	if words(m) > 0 {
		terms = append(terms, jen.Id("m").Dot("has").Op("==").Id("o").Dot("has"))
	}
	for _, f := range m.Fields {
		terms = append(terms, same(f))
	}
	all := terms[0]
	for _, t := range terms[1:] {
		all = all.Op("&&").Line().Add(t)
	}
	return all
}

func same(f *plan.Field) *jen.Statement {
	a, b := member(f), jen.Id("o").Dot(f.GoName)
	switch f.Kind {
	case plan.Bytes:
		return jen.String().Parens(a).Op("==").String().Parens(b)
	case plan.Float, plan.Double:
		return runtime("SameFloat").Call(a, b)
	}
	return a.Op("==").Add(b)
}
