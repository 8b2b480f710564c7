// Package cgen prints a plan as C: for each file a header with a struct a
// message, and a source with their tables, readers of fields that come in order,
// writers, and the table of commands. It needs runtime/c's volint.h and volint.c, which do
// the rest by the tables, and compiles as C99 and as C++.
package cgen

import (
	"bytes"
	"errors"
	"fmt"
	"text/template"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/templates"
)

// abi is what the code printed here needs of volint.h: see VOLINT_ABI there.
const abi = 3

var parsed = template.Must(template.ParseFS(templates.FS, "c/*.tmpl"))

// Generate prints all files of a plan. An error means that a template asks for
// what this package does not offer, which is its own mistake.
func Generate(p *plan.Plan) ([]output.File, error) {
	var files []output.File
	write := func(name, template string, view any) error {
		var b bytes.Buffer
		if err := parsed.ExecuteTemplate(&b, template, view); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, output.File{Name: name, Content: b.Bytes()})
		return nil
	}
	for _, f := range p.Files {
		v := newFile(f)
		if err := errors.Join(write(f.C.Header, "header.tmpl", v), write(f.C.Source, "source.tmpl", v)); err != nil {
			return nil, err
		}
	}
	if p.CCommands == nil {
		return files, nil
	}
	v := newList(p)
	err := errors.Join(write(v.Header, "list_header.tmpl", v), write(v.Source, "list_source.tmpl", v))
	return files, err
}
