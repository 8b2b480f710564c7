package equality

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint"
	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// Messages are commands with what their schema says of columns, which generated code
// does not keep.
type Messages struct {
	commands    []row.Command
	descriptors map[string]protoreflect.MessageDescriptor
}

// Shipped returns those of commands whose messages volint has the schema of.
func Shipped(commands []row.Command) (*Messages, error) {
	const root = "schema"
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(protocompile.ResolverFunc(
		func(name string) (protocompile.SearchResult, error) {
			f, err := volint.Schema.Open(path.Join(root, name))
			return protocompile.SearchResult{Source: f}, err
		},
	))}
	var names []string
	err := fs.WalkDir(volint.Schema, root, func(name string, _ fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".proto" {
			names = append(names, strings.TrimPrefix(name, root+"/"))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	files, err := compiler.Compile(context.Background(), names...)
	if err != nil {
		return nil, fmt.Errorf("the shipped schemas: %w", err)
	}
	m := &Messages{descriptors: map[string]protoreflect.MessageDescriptor{}}
	for _, f := range files {
		for i := range f.Messages().Len() {
			d := f.Messages().Get(i)
			m.descriptors[string(d.FullName())] = d
		}
	}
	for _, c := range commands {
		if m.descriptors[c.Message.FullName] != nil {
			m.commands = append(m.commands, c)
		}
	}
	return m, nil
}

// For finds the command whose message has the rows of a plugin: among those that name
// the plugin one that takes its columns before what an expression makes, and its own
// before others. columns says whether it is of the first kind.
func (m *Messages) For(version session.Version, plugin string) (found row.Command, columns, ok bool) {
	best := -1
	for _, c := range m.commands {
		if !names(c, version, plugin) {
			continue
		}
		rank := 0
		takes := m.source(c, version).GetRows() == ""
		if takes {
			rank += 2
		}
		if c.Owns(plugin) {
			rank++
		}
		if rank > best {
			found, columns, best = c, takes, rank
		}
	}
	return found, columns, best >= 0
}

func names(c row.Command, version session.Version, plugin string) bool {
	of := c.Volatility3
	if version == session.Volatility2 {
		of = c.Volatility2
	}
	return of.Offered && (of.Name == plugin || slices.Contains(of.Aliases, plugin))
}

func (m *Messages) source(c row.Command, version session.Version) *volrenderv1.Source {
	of := option.Command(m.descriptors[c.Message.FullName])
	if version == session.Volatility2 {
		return of.GetVolatility2()
	}
	return of.GetVolatility3()
}
