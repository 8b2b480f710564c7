package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// The names below can't clash with those of the plan, which start with a
// capital, nor with each other: a capital follows their first word.

// messageVar is the variable that describes a message.
func messageVar(m *plan.Message) string { return "message" + m.GoName }

// codecVar is the variable that reads and writes a message.
func codecVar(m *plan.Message) string { return "codec" + m.GoName }

// namesVar is the variable that holds the names of an enum's numbers.
func namesVar(e *plan.Enum) string { return "names" + e.GoName }

// tables prints a file's descriptions and commands.
func tables(out *jen.File, f *plan.File) {
	for _, m := range f.Messages {
		describe(out, f, m)
	}
	if len(f.Commands()) > 0 {
		commands(out, f)
	}
}

func describe(out *jen.File, f *plan.File, m *plan.Message) {
	out.Var().Id(messageVar(m)).Op("=").Add(runtime("Message")).Values(lines(
		jen.Id("FullName").Op(":").Lit(m.FullName),
		jen.Id("Fields").Op(":").Index().Add(runtime("Field")).ValuesFunc(func(g *jen.Group) {
			for _, f := range m.Fields {
				g.Line().Add(describeField(f))
			}
			g.Line()
		}),
		jen.Id("Wire").Op(":").Index().Add(runtime("Wire")).ValuesFunc(func(g *jen.Group) {
			for _, f := range m.Fields {
				g.Line().Add(wire(f))
			}
			g.Line()
		}),
		jen.Id("Descriptors").Op(":").Func().Params().Index().Byte().Block(
			jen.Return(jen.Index().Byte().Parens(jen.Id(f.Go.DescriptorVar))),
		),
	)...)
	out.Line()
	out.Var().Id(codecVar(m)).Op("=").Add(runtime("CodecOf")).Index(jen.Id(m.GoName)).Call(jen.Op("&").Id(messageVar(m)))
	out.Line()
}

var meanings = map[plan.Meaning]string{
	plan.CanonicalAddress: "CanonicalAddress",
	plan.Address:          "Address",
	plan.UnixSeconds:      "UnixSeconds",
	plan.Hexadecimal:      "Hexadecimal",
}

func describeField(f *plan.Field) jen.Code {
	parts := []jen.Code{
		jen.Id("Name").Op(":").Lit(f.Name),
		jen.Id("Number").Op(":").Lit(int(f.Number)),
		jen.Id("Kind").Op(":").Add(runtime(kinds[f.Kind].row)),
	}
	add := func(name string, value jen.Code) { parts = append(parts, jen.Id(name).Op(":").Add(value)) }
	switch f.Label {
	case plan.Repeated:
		add("List", jen.True())
	case plan.Map:
		add("Key", runtime(kinds[f.Key.Kind].row))
	}
	if f.Oneof != nil {
		add("Oneof", jen.Lit(f.Oneof.Name))
	}
	if f.Message != nil {
		add("Message", runtime("MessageOf").Index(valueType(f)))
	}
	if f.HasDefault {
		add("Default", describeDefault(f))
	}
	if name, ok := meanings[f.Meaning]; ok {
		add("Meaning", runtime(name))
	}
	if f.Identifies {
		add("Identifies", jen.True())
	}
	if kinds[f.Kind].row == "Enum" {
		add("Enum", names(f))
	}
	return jen.Values(parts...)
}

func describeDefault(f *plan.Field) jen.Code {
	args := []jen.Code{jen.True(), defaultValue(f)}
	if kinds[f.Kind].row == "Enum" {
		args = append(args, names(f))
	}
	return runtime(kinds[f.Kind].value).Call(args...)
}

// wire is what package row is to know of a field's encoding.
func wire(f *plan.Field) jen.Code {
	var parts []jen.Code
	add := func(name string, value jen.Code) { parts = append(parts, jen.Id(name).Op(":").Add(value)) }
	value := f
	if f.Label == plan.Map {
		value = f.Value
	}
	if form := forms(f, value); form != nil {
		add("Form", form)
	}
	if f.HasAbsentValue {
		add("Absent", jen.Id(hexadecimal(f.AbsentValue)))
	}
	if f.Label == plan.Map {
		if form := forms(f.Key, f.Key); form != nil {
			add("Key", form)
		}
		add("Entries", runtime("EntriesOf").Types(valueType(f.Key), single(f.Value)).Values())
	}
	return jen.Values(parts...)
}

// forms is what there is to say of the encoding of a field's value; nil if that
// is nothing.
func forms(f, value *plan.Field) *jen.Statement {
	var all *jen.Statement
	for _, form := range []struct {
		name string
		is   bool
	}{
		{kinds[value.Kind].form, kinds[value.Kind].form != ""},
		{"UTF8", value.ValidateUTF8},
		{"Packed", f.Packed},
		{"Delimited", value.Delimited},
		{"Required", f.Presence == plan.Required},
		{"Implicit", f.Label == plan.Singular && f.Presence == plan.Implicit},
		{"HasAbsent", f.HasAbsentValue},
	} {
		switch {
		case !form.is:
		case all == nil:
			all = runtime(form.name)
		default:
			all.Op("|").Add(runtime(form.name))
		}
	}
	return all
}

// names is the map of the names of an enum field's numbers.
func names(f *plan.Field) jen.Code {
	switch {
	case f.Kind == plan.Absence:
		return runtime("AbsenceNames")
	case f.Enum.Local:
		return jen.Id(namesVar(f.Enum))
	}
	return namesMap(f.Enum)
}

func commands(out *jen.File, f *plan.File) {
	comment(out, f.Go.Commands+" are the commands of "+f.Path+".\nImporting the package enters them into the default registry of package row.")
	out.Var().Id(f.Go.Commands).Op("=").Index().Add(runtime("Command")).ValuesFunc(func(g *jen.Group) {
		for _, m := range f.Commands() {
			g.Line().Add(command(m))
		}
		g.Line()
	})
	out.Line()
	out.Func().Id("init").Params().Block(runtime("Register").Call(jen.Id(f.Go.Commands).Op("...")))
	out.Line()
}

func command(m *plan.Message) jen.Code {
	parts := []jen.Code{
		jen.Id("Name").Op(":").Lit(m.Command),
		jen.Id("Message").Op(":").Op("&").Id(messageVar(m)),
	}
	if text := firstParagraph(m.Doc); text != "" {
		parts = append(parts, jen.Id("Doc").Op(":").Lit(text))
	}
	if m.Volatility2 != nil {
		parts = append(parts, jen.Id("Volatility2").Op(":").Add(plugin(m.Volatility2)))
	}
	if m.Volatility3 != nil {
		parts = append(parts, jen.Id("Volatility3").Op(":").Add(plugin(m.Volatility3)))
	}
	parts = append(parts, jen.Id("New").Op(":").Func().Params().Add(runtime("Row")).Block(
		jen.Return(jen.New(jen.Id(m.GoName))),
	))
	return jen.Values(lines(parts...)...)
}

// lines puts each of a literal's parts on a line of its own.
func lines(parts ...jen.Code) []jen.Code {
	var out []jen.Code
	for _, p := range parts {
		out = append(out, jen.Line().Add(p))
	}
	return append(out, jen.Line())
}
