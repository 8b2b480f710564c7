package gogen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// plugin is what a command says of one version. It is data, as all of a command is,
// so that importing hundreds of them costs next to nothing.
func plugin(s *plan.Source) *jen.Statement {
	parts := []jen.Code{jen.Id("Offered").Op(":").True()}
	if s.Plugin != "" {
		parts = append(parts, jen.Id("Name").Op(":").Lit(s.Plugin))
	}
	if !tellsMore(s) {
		return runtime("Plugin").Values(parts...)
	}
	if len(s.Aliases) > 0 {
		parts = append(parts, jen.Id("Aliases").Op(":").Add(texts(s.Aliases)))
	}
	if len(s.Options) > 0 {
		parts = append(parts, jen.Id("Options").Op(":").Index().Add(runtime("Option")).ValuesFunc(func(g *jen.Group) {
			for _, o := range s.Options {
				g.Line().Add(option(o))
			}
			g.Line()
		}))
	}
	return runtime("Plugin").Values(lines(parts...)...)
}

// tellsMore reports whether a version has what package row knows since ABI 3.
func tellsMore(s *plan.Source) bool { return s != nil && len(s.Aliases)+len(s.Options) > 0 }

// needs is the ABI that a file's code asks of package row: a program need not renew
// what it has for a schema that says nothing new.
func needs(f *plan.File) int {
	if slices.ContainsFunc(f.Commands(), func(m *plan.Message) bool { return tellsMore(m.Volatility2) || tellsMore(m.Volatility3) }) {
		return 3
	}
	return 2
}

var optionKinds = map[plan.OptionType]string{
	plan.TextOption:   "string",
	plan.BoolOption:   "bool",
	plan.IntOption:    "int",
	plan.FloatOption:  "float",
	plan.StringOption: "string",
	plan.BytesOption:  "bytes",
	plan.URIOption:    "uri",
}

func option(o plan.PluginOption) jen.Code {
	parts := []jen.Code{jen.Id("Name").Op(":").Lit(o.Name), jen.Id("Kind").Op(":").Lit(optionKinds[o.Type])}
	if o.List {
		parts = append(parts, jen.Id("List").Op(":").True())
	}
	if o.Required {
		parts = append(parts, jen.Id("Required").Op(":").True())
	}
	if len(o.Choices) > 0 {
		parts = append(parts, jen.Id("Choices").Op(":").Add(texts(o.Choices)))
	}
	if o.Doc != "" {
		parts = append(parts, jen.Id("Doc").Op(":").Lit(o.Doc))
	}
	return jen.Values(parts...)
}

func texts(list []string) *jen.Statement {
	return jen.Index().String().ValuesFunc(func(g *jen.Group) {
		for _, s := range list {
			g.Lit(s)
		}
	})
}
