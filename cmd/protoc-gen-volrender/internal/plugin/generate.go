package plugin

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/pluginpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/cgen"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/gogen"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/pygen"
)

// emitters has a function for each language.
var emitters = map[string]func(*plan.Plan, *settings) ([]output.File, error){
	"go":     func(p *plan.Plan, _ *settings) ([]output.File, error) { return gogen.Generate(p) },
	"c":      func(p *plan.Plan, _ *settings) ([]output.File, error) { return cgen.Generate(p) },
	"python": func(p *plan.Plan, _ *settings) ([]output.File, error) { return pygen.Generate(p) },
	"python2": func(p *plan.Plan, s *settings) ([]output.File, error) {
		return pygen.Generate2(p, pygen.Options{PB2: s.pb2})
	},
	"python3": func(p *plan.Plan, s *settings) ([]output.File, error) {
		return pygen.Generate3(p, pygen.Options{PB2: s.pb2})
	},
}

// generate makes all files of a request, sorted by name.
func generate(ctx context.Context, env Env, req *pluginpb.CodeGeneratorRequest) ([]output.File, error) {
	p, s, err := makePlan(ctx, env, req)
	if err != nil {
		return nil, err
	}
	if len(p.Files) == 0 {
		return nil, nil
	}
	wanted := slices.DeleteFunc(slices.Clone(languages), func(lang string) bool { return !s.langs[lang] })
	all, err := output.Each(wanted, func(lang string) ([]output.File, error) {
		files, err := emitters[lang](p, s)
		for i := range files {
			files[i].Name = s.folder(lang) + files[i].Name
		}
		return files, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(x, y output.File) int { return strings.Compare(x.Name, y.Name) })
	return all, noTwins(all)
}

// folder keeps the Pythons apart where one run writes several: their files have
// the same names, and neither Volatility can read the other's.
func (s *settings) folder(lang string) string {
	several := 0
	for l := range s.langs {
		if strings.HasPrefix(l, "python") {
			several++
		}
	}
	if several > 1 && strings.HasPrefix(lang, "python") {
		return lang + "/"
	}
	return ""
}

// noTwins refuses sorted files of which two have the same name.
func noTwins(sorted []output.File) error {
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Name == sorted[i-1].Name {
			return mistake("rename one of the .proto files, or give them different go_package options",
				"two .proto files would both become %s", sorted[i].Name)
		}
	}
	return nil
}
