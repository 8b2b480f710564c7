// Package pygen prints the Python modules of a plan: one for each .proto file, for
// Volatility with the code of its messages in a file beside it, and the support
// modules, so that a folder is complete.
package pygen

import (
	"bytes"
	"fmt"
	"text/template"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/runtime/python"
	"github.com/volint/volint/templates"
)

// abi is what generated modules ask of the support modules: see ABI in
// volrender_abi.py.
const abi = 5

// Options are the settings of a run.
type Options struct {
	// PB2 has rows encoded by the classes that protoc makes, and not by the
	// modules themselves.
	PB2 bool
}

// Generate2 prints the plug-in folder for Volatility 2.
func Generate2(p *plan.Plan, o Options) ([]output.File, error) {
	return generate(p, o, version2)
}

// Generate3 prints the plug-in folder for Volatility 3.
func Generate3(p *plan.Plan, o Options) ([]output.File, error) {
	return generate(p, o, version3)
}

// version is what the two outputs differ in.
type version struct {
	number int
	// source is where this version gets a message's rows; nil where it has none.
	source func(*plan.Message) *plan.Source
	// scope imports the names that expressions may use.
	scope string
	// plugin is how a plugin's name is written.
	plugin func(string) string
}

func (v *version) coded(text []byte) []byte {
	if v.number == 3 {
		return text // UTF-8 is what Python 3 takes it for
	}
	return declareCoding(text)
}

func (v *version) templates() (*template.Template, error) {
	return template.ParseFS(templates.FS, fmt.Sprintf("python%d/*.tmpl", v.number))
}

// generate prints a module for each file that has commands in this version, and the
// messages in a file beside it. The support modules are the same for every plan.
func generate(p *plan.Plan, o Options, v *version) ([]output.File, error) {
	t, err := v.templates()
	if err != nil {
		return nil, err
	}
	files, err := output.Each(p.Files, func(f *plan.File) ([]output.File, error) {
		m := newModule(f, o, v)
		if len(m.Messages) == 0 {
			return nil, nil
		}
		module, err := printed(t, "module.py.tmpl", m)
		if err != nil {
			return nil, err
		}
		messages, err := printed(t, "messages.tmpl", m)
		return []output.File{{Name: f.Python.Filename, Content: v.coded(module)}, {Name: m.Parts, Content: messages}}, err
	})
	if err != nil {
		return nil, err
	}
	for _, s := range python.Support(v.number) {
		files = append(files, output.File{Name: s.Name, Content: s.Content})
	}
	return files, nil
}

// printed is a module by a template, without blank lines at its ends.
func printed(t *template.Template, name string, m *module) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, m); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Path, err)
	}
	return append(bytes.TrimSpace(b.Bytes()), '\n'), nil
}
