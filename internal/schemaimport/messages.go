package schemaimport

import (
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/runtime/session"
)

// message is the message of a subject; a bare one has nothing that plugins say.
func message(data *knowledge, s *subject, bare bool) *Message {
	m := &Message{
		Name: s.message,
		Doc:  messageDoc(data, s, bare),
		Command: &volrenderv1.Command{
			Name:        proto.String(s.command),
			Volatility2: source(s.two, bare),
			Volatility3: source(s.three, bare),
		},
	}
	d := &draft{data: data, subject: s, taken: map[string]bool{}, keys: keysOf(data, s)}
	for _, c := range d.cells() {
		d.field(c)
	}
	if s.three != nil && s.three.tree || s.two != nil && s.two.tree {
		d.depth()
	}
	d.companions()
	m.Fields = d.fields
	return m
}

// source says where a version has a message's rows.
func source(p *plugin, bare bool) *volrenderv1.Source {
	if p == nil {
		return &volrenderv1.Source{None: proto.Bool(true)}
	}
	s := &volrenderv1.Source{Plugin: proto.String(p.name), Aliases: p.aliases}
	if p.rows != "" {
		s.Rows, s.Row = proto.String(p.rows), proto.String(p.row)
	}
	for _, o := range p.options {
		if bare {
			o.Doc = ""
		}
		s.Options = append(s.Options, pluginOption(o))
	}
	return s
}

var optionTypes = map[string]volrenderv1.OptionType{
	"bool":   volrenderv1.OptionType_OPTION_TYPE_BOOL,
	"int":    volrenderv1.OptionType_OPTION_TYPE_INT,
	"float":  volrenderv1.OptionType_OPTION_TYPE_FLOAT,
	"string": volrenderv1.OptionType_OPTION_TYPE_STRING,
	"choice": volrenderv1.OptionType_OPTION_TYPE_STRING,
	"bytes":  volrenderv1.OptionType_OPTION_TYPE_BYTES,
	"uri":    volrenderv1.OptionType_OPTION_TYPE_URI,
}

// pluginOption is an option as schemas have it.
func pluginOption(o session.Option) *volrenderv1.PluginOption {
	out := &volrenderv1.PluginOption{Name: proto.String(o.Name), Choices: o.Choices}
	kind := o.Kind
	if kind == "list" {
		out.List, kind = proto.Bool(true), o.Element
	}
	kindOf, is := optionTypes[kind]
	if !is {
		kindOf = volrenderv1.OptionType_OPTION_TYPE_STRING
	}
	out.Type = kindOf.Enum()
	if !o.Optional {
		out.Required = proto.Bool(true)
	}
	if doc := sentence(o.Doc); doc != "" {
		out.Doc = proto.String(doc)
	}
	return out
}

// keysOf are the folded titles of the columns that identify a subject's rows.
// There are none in a plugin that the data knows without, and nil stands for one that it
// does not know.
func keysOf(data *knowledge, s *subject) []string {
	for _, plugin := range s.plugins() {
		if titles, is := data.keys[plugin]; is {
			return titles
		}
	}
	return nil
}
