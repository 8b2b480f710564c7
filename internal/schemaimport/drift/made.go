package drift

import (
	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/runtime/session"
)

// made is what an import of one Volatility would make now.
type made struct {
	types   map[cell]string
	options map[string][]*volrenderv1.PluginOption // by all names of a plugin
}

// cell is a column of a plugin.
type cell struct{ plugin, title string }

func makeNow(installed schemaimport.Installed) (*made, error) {
	files, _, err := schemaimport.Model([]schemaimport.Installed{installed})
	now := &made{map[cell]string{}, map[string][]*volrenderv1.PluginOption{}}
	for _, f := range files {
		for _, m := range f.Messages {
			now.note(m, installed.Version)
		}
	}
	return now, err
}

func (n *made) note(m *schemaimport.Message, v session.Version) {
	source := m.Command.GetVolatility3()
	if v == session.Volatility2 {
		source = m.Command.GetVolatility2()
	}
	for _, name := range append([]string{source.GetPlugin()}, source.GetAliases()...) {
		n.options[name] = source.GetOptions()
		for _, f := range m.Fields {
			from := f.Option.GetVolatility3()
			if v == session.Volatility2 {
				from = f.Option.GetVolatility2()
			}
			if title := from.GetColumn(); title != "" {
				n.types[cell{name, title}] = protofile.KindOfType(f.Type, f.Repeated)
			}
		}
	}
}

// pluginOptions compares the options that a message lists with those that its plugin
// takes. One that lists none leaves them to the plugin, unless it has all plugins'.
func (c *comparer) pluginOptions(source *volrenderv1.Source) {
	if len(source.GetOptions()) == 0 && !c.options.Whole {
		return
	}
	now := map[string]*volrenderv1.PluginOption{}
	for _, o := range c.made.options[c.table.Plugin] {
		now[o.GetName()] = o
	}
	listed := map[string]bool{}
	for _, o := range source.GetOptions() {
		listed[o.GetName()] = true
		switch is := now[o.GetName()]; {
		case is == nil:
			c.add(OptionGone, nil, !c.options.Older, "volint schema import takes it out", "%s takes no --%s", c.table.Plugin, o.GetName())
		case !protofile.SameOption(o, is):
			c.add(OptionType, nil, !c.options.Older, "volint schema import mends it", "%s takes another kind of value for --%s", c.table.Plugin, o.GetName())
		}
	}
	for _, o := range c.made.options[c.table.Plugin] {
		if !listed[o.GetName()] {
			c.add(OptionNew, nil, !c.options.Older, importHint, "%s takes --%s", c.table.Plugin, o.GetName())
		}
	}
}
