package plan

import (
	"regexp"
	"slices"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
)

// plugin takes the plugin's exact name.
func (d *sourceDraft) plugin() {
	if d.opt == nil || d.opt.Plugin == nil {
		return
	}
	d.out.Plugin = d.opt.GetPlugin()
	d.checkPlugin(d.out.Plugin, d.at(1))
}

func (d *sourceDraft) checkPlugin(name string, pos Pos) {
	if !d.v.plugin.MatchString(name) {
		d.errorf(pos, d.v.pluginHint, "message %q: %q can't be the name of a %s plugin", d.m.Desc.Name(), name, d.v.title)
	}
}

// aliases takes the plugin's other names.
func (d *sourceDraft) aliases() {
	d.out.Aliases = d.opt.GetAliases()
	if len(d.out.Aliases) > 0 && d.out.Plugin == "" {
		d.errorf(d.at(6), "add `plugin` with the name that the plugin has today",
			"message %q has `aliases` for %s but no `plugin` that they could be names of", d.m.Desc.Name(), d.v.name)
	}
	for i, name := range d.out.Aliases {
		pos := d.at(6, int32(i))
		d.checkPlugin(name, pos)
		if name == d.out.Plugin || slices.Contains(d.out.Aliases[:i], name) {
			d.errorf(pos, "take it out: it is there already", "message %q has %q twice among the names of its %s plugin", d.m.Desc.Name(), name, d.v.title)
		}
	}
}

// optionName is what may be typed after the dashes.
var optionName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// options takes the options that the plugin has.
func (d *sourceDraft) options() {
	seen := map[string]bool{}
	for i, o := range d.opt.GetOptions() {
		pos, name := d.at(7, int32(i)), o.GetName()
		d.checkOption(o, pos)
		if seen[name] && name != "" {
			d.errorf(pos, "take one of them out", "message %q has two options %q for %s", d.m.Desc.Name(), name, d.v.name)
		}
		seen[name] = true
		d.out.Options = append(d.out.Options, PluginOption{
			Name: name, Type: OptionType(o.GetType()), List: o.GetList(), Required: o.GetRequired(),
			Choices: o.GetChoices(), Doc: o.GetDoc(),
		})
	}
}

func (d *sourceDraft) checkOption(o *volrenderv1.PluginOption, pos Pos) {
	if !optionName.MatchString(o.GetName()) {
		d.errorf(pos, "write what is typed after the dashes, such as pid or dump-dir",
			"message %q: %q can't be an option's name", d.m.Desc.Name(), o.GetName())
	}
	if o.GetType() == volrenderv1.OptionType_OPTION_TYPE_BOOL && (o.GetList() || len(o.GetChoices()) > 0) {
		d.errorf(pos, "give it another type, or take `list` and `choices` out",
			"message %q: option %q is given or not, and has no values to choose from", d.m.Desc.Name(), o.GetName())
	}
}
