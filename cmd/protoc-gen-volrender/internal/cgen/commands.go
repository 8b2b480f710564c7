package cgen

import (
	"path"
	"slices"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// commandView is a row of a file's table of commands.
type commandView struct {
	Command, Volatility2, Volatility3, Message string
	// Table is the name of its table of aliases, NULL where it has none, and Aliases
	// what is in it.
	Table   string
	Aliases []string
}

func newCommand(m *plan.Message) commandView {
	v := commandView{
		Command: quote(m.Command), Volatility2: plugin(m.Volatility2), Volatility3: plugin(m.Volatility3),
		Message: "&" + m.CName + "_message", Table: "NULL",
	}
	for _, s := range []*plan.Source{m.Volatility2, m.Volatility3} {
		if s == nil {
			continue
		}
		for _, alias := range s.Aliases {
			v.Aliases = append(v.Aliases, quote(alias))
		}
	}
	if len(v.Aliases) > 0 {
		v.Table = m.CName + "_aliases"
	}
	return v
}

// plugin is a plugin's name in the table of commands: NULL where this version
// has none, "" where the name is looked up.
func plugin(s *plan.Source) string {
	if s == nil {
		return "NULL"
	}
	return quote(s.Plugin)
}

// listView is the list of all tables of commands.
type listView struct {
	*plan.CList
	ABI int
	// Own is how its source includes its header.
	Own             string
	Headers, Tables []string
}

func newList(p *plan.Plan) listView {
	v := listView{CList: p.CCommands, ABI: abi, Own: path.Base(p.CCommands.Header)}
	files := slices.DeleteFunc(slices.Clone(p.Files), func(f *plan.File) bool { return len(f.Commands()) == 0 })
	slices.SortFunc(files, func(x, y *plan.File) int { return strings.Compare(x.Path, y.Path) })
	for _, f := range files {
		v.Headers = append(v.Headers, f.C.Header)
		v.Tables = append(v.Tables, f.C.Commands)
	}
	return v
}
