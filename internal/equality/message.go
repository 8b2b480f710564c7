package equality

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// MessageFor finds the command whose message has the table of a plugin: among those
// that name the plugin one that takes its columns, and not what an expression makes.
func MessageFor(commands []row.Command, version session.Version, plugin string) (row.Command, bool) {
	var found []row.Command
	for _, c := range commands {
		if names(c, version, plugin) && takesColumns(c, version) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return row.Command{}, false
	}
	own := slices.IndexFunc(found, func(c row.Command) bool { return c.Owns(plugin) })
	return found[max(0, own)], true
}

func names(c row.Command, version session.Version, plugin string) bool {
	of := c.Volatility3
	if version == session.Volatility2 {
		of = c.Volatility2
	}
	return of.Offered && (of.Name == plugin || slices.Contains(of.Aliases, plugin))
}

// takesColumns reports whether a command's rows are those of the plugin's table.
func takesColumns(c row.Command, version session.Version) bool {
	d, err := descriptor(c)
	if err != nil {
		return false
	}
	return sourceOf(d, version).GetRows() == ""
}

func sourceOf(d protoreflect.MessageDescriptor, version session.Version) *volrenderv1.Source {
	if version == session.Volatility2 {
		return option.Command(d).GetVolatility2()
	}
	return option.Command(d).GetVolatility3()
}

func descriptor(c row.Command) (protoreflect.MessageDescriptor, error) {
	m, err := dynamic.Message(c.New())
	if err != nil {
		return nil, err
	}
	return m.ProtoReflect().Descriptor(), nil
}
