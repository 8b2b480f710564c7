package gogen

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// encode prints Append, which writes fields in the order of their numbers, as
// Google's encoders do.
func encode(out *jen.File, m *plan.Message) {
	fields := slices.SortedFunc(slices.Values(m.Fields), func(a, b *plan.Field) int { return cmp.Compare(a.Number, b.Number) })
	comment(out, "Append appends the encoding of m, without a frame's length. It checks nothing:\n"+
		"readers refuse text that is not UTF-8, where the schema asks for it, and a\n"+
		"required field that is not set.")
	out.Func().Params(self(m)).Id("Append").Params(jen.Id("b").Index().Byte()).Index().Byte().BlockFunc(func(g *jen.Group) {
		for _, f := range fields {
			k := kinds[f.Kind]
			g.If(isWritten(f)).Block(
				jen.Id("b").Op("=").Append(append([]jen.Code{jen.Id("b")}, tagBytes(f)...)...),
				jen.Id("b").Op("=").Add(runtime(k.write)).Call(jen.Id("b"), as(k.writeType, member(f))),
			)
		}
		g.Return(jen.Id("b"))
	})
	out.Line()
}

// isWritten is the test for a field that goes into the encoding.
func isWritten(f *plan.Field) *jen.Statement {
	if f.Presence != plan.Implicit {
		return isSet(f)
	}
	switch f.Kind {
	case plan.Bool:
		return member(f)
	case plan.String:
		return member(f).Op("!=").Lit("")
	case plan.Bytes:
		return jen.Len(member(f)).Op("!=").Lit(0)
	case plan.Float:
		return runtime("IsSetFloat32").Call(member(f))
	case plan.Double:
		return runtime("IsSetFloat64").Call(member(f))
	}
	return member(f).Op("!=").Lit(0)
}

// tagBytes is a field's tag as it stands in a message.
func tagBytes(f *plan.Field) []jen.Code {
	var bytes []jen.Code
	for _, c := range binary.AppendUvarint(nil, tag(f)) {
		bytes = append(bytes, jen.Id(fmt.Sprintf("%#x", c)))
	}
	return bytes
}
