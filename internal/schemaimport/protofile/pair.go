package protofile

import (
	"fmt"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// mode is what an import may do to a message for one version of Volatility.
type mode int

const (
	// off: the version has no such command.
	off mode = iota
	// kept: it was not asked, or has no such plugin any more: what it fills stays.
	kept
	// handmade: expressions that people wrote, which are left alone.
	handmade
	// table: columns of the plugin's table.
	table
	// expressed: expressions that the import brings.
	expressed
)

// pair is a message that is there and the one that is wanted for it.
type pair struct {
	*merger
	there *Message
	want  *schemaimport.Message
	modes map[session.Version]mode
	// takes is the wanted field whose column a field takes, for each version.
	takes map[session.Version]map[*Field]*schemaimport.Field
	// match is the field for a wanted one, where there is one; names are those of new
	// ones.
	match map[*schemaimport.Field]*Field
	names map[*schemaimport.Field]string
	added []newField

	command *volrenderv1.Command          // what the message's option gets
	options map[*Field]*volrenderv1.Field // what the fields' options get
	body    body
}

func newPair(m *merger, there *Message, want *schemaimport.Message) *pair {
	p := &pair{
		merger: m, there: there, want: want,
		modes:   map[session.Version]mode{},
		takes:   map[session.Version]map[*Field]*schemaimport.Field{},
		match:   map[*schemaimport.Field]*Field{},
		names:   map[*schemaimport.Field]string{},
		command: &volrenderv1.Command{},
		options: map[*Field]*volrenderv1.Field{},
		body:    body{message: there, cut: map[ast.Node]bool{}, deprecated: map[*Field]bool{}},
	}
	for _, f := range there.Fields {
		p.options[f] = &volrenderv1.Field{}
	}
	return p
}

func (p *pair) merge() {
	for _, v := range versions {
		p.mergeSource(v)
	}
	if p.there.allExpressions() && !allExpressions(p.want.Command) {
		p.note(KindExpressionsKept, p.there.Name, "", "its rows are expressions")
	}
	for _, v := range versions {
		p.findColumns(v)
	}
	p.matchFields()
	for _, w := range p.want.Fields {
		if p.subject(w) == nil {
			p.mergeField(w)
		}
	}
	for _, w := range p.want.Fields {
		p.addCompanion(w)
	}
	p.addFields()
	p.dropFields()
	p.put()
}

// mergeSource settles what may be done for a version, and brings its source up to
// date.
func (p *pair) mergeSource(v session.Version) {
	there, wanted := p.there.Source(v), sourceOf(p.want.Command, v)
	offered := wanted.GetPlugin() != "" && !wanted.GetNone()
	switch {
	case there.GetNone() && offered && p.asked(v):
		p.offerSource(v, wanted)
	case there.GetNone():
		p.modes[v] = off
	case there.GetRows() != "":
		p.modes[v] = handmade
	case !p.asked(v) || !offered && !wanted.GetNone():
		p.modes[v] = kept
	case !offered && there != nil:
		p.modes[v] = kept
		if there.GetPlugin() != "" {
			p.note(KindPluginGone, p.there.Name, "", "Volatility %d has no plugin %s; what the message has of it stays", v, there.GetPlugin())
		}
	case there == nil:
		p.addSource(v, wanted)
	case wanted.GetRows() != "":
		p.modes[v] = kept
	default:
		p.modes[v] = table
		p.updateSource(v, there, wanted)
	}
}

// addSource adds the source of a version that the message says nothing of.
func (p *pair) addSource(v session.Version, wanted *volrenderv1.Source) {
	setSource(p.command, v, proto.Clone(wanted).(*volrenderv1.Source))
	p.modes[v] = modeOf(wanted)
	if plugin := wanted.GetPlugin(); plugin != "" {
		p.note(KindSourceChanged, p.there.Name, "", "volatility%d: plugin %s", v, plugin)
	}
}

// modeOf is the mode for a source that the import brings.
func modeOf(wanted *volrenderv1.Source) mode {
	switch {
	case wanted.GetNone():
		return off
	case wanted.GetRows() != "":
		return expressed
	}
	return table
}

// offerSource puts a plugin in the place of none: most likely that version was not
// asked when the message was made.
func (p *pair) offerSource(v session.Version, wanted *volrenderv1.Source) {
	p.modes[v] = modeOf(wanted)
	for _, at := range p.there.options.at(fmt.Sprintf("volatility%d.none", v)) {
		words := "plugin: "
		if !at.inLiteral {
			words = fmt.Sprintf("%s.volatility%d.plugin = ", p.file.optionName("command"), v)
		}
		p.edit.replace(p.settingSpan(at), words+quote(wanted.GetPlugin()))
	}
	more := proto.Clone(wanted).(*volrenderv1.Source)
	more.Plugin = nil
	if proto.Size(more) > 0 {
		setSource(p.command, v, more)
	}
	p.note(KindSourceChanged, p.there.Name, "", "volatility%d: plugin %s, no longer none", v, wanted.GetPlugin())
}

// settingSpan is the part of a place that names what is set and gives its value.
func (p *pair) settingSpan(at place) span {
	if o, ok := at.node.(*ast.OptionNode); ok {
		return span{p.file.span(o.Name).from, p.file.span(at.value).to}
	}
	return p.file.span(at.node)
}

func setSource(c *volrenderv1.Command, v session.Version, s *volrenderv1.Source) {
	if v == session.Volatility2 {
		c.Volatility2 = s
	} else {
		c.Volatility3 = s
	}
}

func setCell(o *volrenderv1.Field, v session.Version, c *volrenderv1.Cell) {
	if v == session.Volatility2 {
		o.Volatility2 = c
	} else {
		o.Volatility3 = c
	}
}

// columnOf is the column that a wanted field has in a version, "" for none.
func columnOf(w *schemaimport.Field, v session.Version) string {
	return cellOf(w.Option, v).GetColumn()
}

// findColumns notes which columns the fields take that are there.
func (p *pair) findColumns(v session.Version) {
	p.takes[v] = map[*Field]*schemaimport.Field{}
	if p.modes[v] != table {
		return
	}
	var titles []string
	var fields []*schemaimport.Field
	for _, w := range p.want.Fields {
		if title := columnOf(w, v); title != "" {
			titles, fields = append(titles, title), append(fields, w)
		}
	}
	for _, f := range p.there.Fields {
		if i := p.there.Column(f, v, titles); i >= 0 {
			p.takes[v][f] = fields[i]
		}
	}
}

// matchFields finds the fields for the wanted ones: by columns, else by what they
// hold besides, else by their names.
func (p *pair) matchFields() {
	for _, w := range p.want.Fields {
		for _, v := range versions {
			if f := p.owner(w, v); f != nil && p.match[w] == nil {
				p.match[w] = f
			}
		}
		if p.match[w] == nil {
			p.match[w] = p.byRole(w)
		}
	}
	for _, w := range p.want.Fields {
		if p.match[w] == nil {
			p.match[w] = p.companion(w)
		}
	}
	for _, w := range p.want.Fields {
		if p.match[w] == nil {
			p.match[w] = p.namesake(w)
		}
	}
}

// owner is the first field that takes a wanted one's column in a version.
func (p *pair) owner(w *schemaimport.Field, v session.Version) *Field {
	for _, f := range p.there.Fields {
		if p.takes[v][f] == w {
			return f
		}
	}
	return nil
}

// byRole is the field that has a tree's depth, where that is wanted.
func (p *pair) byRole(w *schemaimport.Field) *Field {
	for _, f := range p.there.Fields {
		if w.Option.GetTreeDepth() && f.Option.GetTreeDepth() {
			return f
		}
	}
	return nil
}

// companion is the field that tells why a wanted one's subject has no value.
func (p *pair) companion(w *schemaimport.Field) *Field {
	subject := p.subject(w)
	if subject == nil || p.match[subject] == nil {
		return nil
	}
	name := p.match[subject].Option.GetAbsence()
	for _, f := range p.there.Fields {
		if name != "" && f.Name == name {
			return f
		}
	}
	return nil
}

// subject is the wanted field whose companion a wanted one is, or nil.
func (p *pair) subject(w *schemaimport.Field) *schemaimport.Field {
	for _, other := range p.want.Fields {
		if other.Option.GetAbsence() == w.Name && other != w {
			return other
		}
	}
	return nil
}

// namesake is the field that has a wanted one's name, and nothing of another's.
func (p *pair) namesake(w *schemaimport.Field) *Field {
	for _, f := range p.there.Fields {
		if option.Fold(f.Name) != option.Fold(w.Name) || p.there.Companion(f) || p.claimed(f) {
			continue
		}
		return f
	}
	return nil
}

// claimed says whether a field is what another wanted one means.
func (p *pair) claimed(f *Field) bool {
	for _, other := range p.match {
		if other == f {
			return true
		}
	}
	return false
}
