package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// structType prints the struct, as row.Codec wants it.
func structType(out *jen.File, m *plan.Message) {
	what := m.GoName + " is message " + m.FullName + "."
	if m.Command != "" {
		what = m.GoName + " is a row of " + m.Command + ", message " + m.FullName + "."
	}
	comment(out, what, m.Doc, deprecated(m.Deprecated, m.Pos.File))
	var fields, kept []jen.Code
	for _, f := range m.Fields {
		fields = append(fields, doc(f.Doc, deprecated(f.Deprecated, f.Pos.File))...)
		fields = append(fields, jen.Id(f.GoName).Add(goType(f)))
		if keepsMessages(f) {
			kept = append(kept, jen.Id(f.GoName).Add(spareType(f)))
		}
	}
	fields = append(fields, jen.Line())
	if n := words(m); n > 0 {
		fields = append(fields, jen.Id("has").Index(jen.Lit(n)).Uint64())
	}
	fields = append(fields, jen.Id("unknown").Int())
	if len(kept) > 0 {
		fields = append(fields, jen.Id("spare").Struct(kept...))
	}
	out.Type().Id(m.GoName).Struct(fields...)
	out.Line()
}

// spareType is the type of what keeps the messages of a field.
func spareType(f *plan.Field) *jen.Statement {
	if f.Label == plan.Map {
		return jen.Index().Add(single(f.Value))
	}
	return goType(f)
}
