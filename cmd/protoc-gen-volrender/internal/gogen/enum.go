package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// enum prints an enum's type, its constants and their names.
func enum(out *jen.File, e *plan.Enum) {
	comment(out, e.GoName+" is the enum "+e.FullName+".", e.Doc)
	out.Type().Id(e.GoName).Int32()
	out.Line()

	comment(out, "The values of "+e.GoName+".")
	var constants []jen.Code
	for _, v := range e.Values {
		constants = append(constants, doc(v.Doc)...)
		constants = append(constants, jen.Id(v.GoName).Id(e.GoName).Op("=").Lit(int(v.Number)))
	}
	out.Const().Defs(constants...)
	out.Line()

	out.Var().Id(namesVar(e)).Op("=").Add(namesMap(e))
	out.Line()

	comment(out, "String returns the name in the .proto file, or the number where it has none.")
	out.Func().Params(jen.Id("e").Id(e.GoName)).Id("String").Params().String().Block(
		jen.Return(runtime("EnumString").Call(jen.Id(namesVar(e)), jen.Int32().Parens(jen.Id("e")))),
	)
	out.Line()
}

// namesMap is the map of an enum's names. Of two that share a number, the first
// is the number's name.
func namesMap(e *plan.Enum) *jen.Statement {
	seen := map[int32]bool{}
	return jen.Map(jen.Int32()).String().ValuesFunc(func(g *jen.Group) {
		for _, v := range e.Values {
			if !seen[v.Number] {
				g.Line().Lit(int(v.Number)).Op(":").Lit(v.Name)
			}
			seen[v.Number] = true
		}
		g.Line()
	})
}
