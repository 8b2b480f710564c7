package protofile

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// updateSource brings the source of a table up to date: its plugin, where that has
// another name by now, the other names, and the plugin's options.
func (p *pair) updateSource(v session.Version, there, wanted *volrenderv1.Source) {
	more := &volrenderv1.Source{}
	plugin := there.GetPlugin()
	switch {
	case plugin == "":
		plugin = wanted.GetPlugin()
		more.Plugin = proto.String(plugin)
		p.note(KindSourceChanged, p.there.Name, "", "volatility%d: plugin %s", v, plugin)
	case plugin == wanted.GetPlugin() || slices.Contains(there.GetAliases(), wanted.GetPlugin()):
	case slices.Contains(wanted.GetAliases(), plugin):
		p.renamePlugin(v, plugin, wanted.GetPlugin())
		plugin = wanted.GetPlugin()
	default:
		p.note(KindNameKept, p.there.Name, "", "volatility%d: the plugin stays %s, not %s", v, plugin, wanted.GetPlugin())
		return
	}
	for _, alias := range wanted.GetAliases() {
		if alias != plugin && !slices.Contains(there.GetAliases(), alias) {
			more.Aliases = append(more.Aliases, alias)
			p.note(KindSourceChanged, p.there.Name, "", "volatility%d: also called %s", v, alias)
		}
	}
	p.updateOptions(v, there, wanted, more)
	if proto.Size(more) > 0 {
		setSource(p.command, v, more)
	}
}

func (p *pair) renamePlugin(v session.Version, old, name string) {
	for _, at := range p.there.options.at(fmt.Sprintf("volatility%d.plugin", v)) {
		p.edit.replace(p.file.span(at.value), quote(name))
	}
	p.note(KindSourceChanged, p.there.Name, "", "volatility%d: plugin %s, which was %s", v, name, old)
}

// updateOptions adds options that the plugin takes by now, mends what is said of
// others, and lets go those that it takes no more.
func (p *pair) updateOptions(v session.Version, there, wanted, more *volrenderv1.Source) {
	places := p.there.options.at(fmt.Sprintf("volatility%d.options", v))
	if len(places) != len(there.GetOptions()) {
		return // in a list, or in several literals: nobody can say which is which
	}
	byName := map[string]*volrenderv1.PluginOption{}
	for _, o := range wanted.GetOptions() {
		byName[o.GetName()] = o
	}
	had := map[string]bool{}
	for i, o := range there.GetOptions() {
		had[o.GetName()] = true
		now := byName[o.GetName()]
		switch {
		case now == nil:
			p.cutPlace(places[i])
			p.note(KindOptionChanged, p.there.Name, "", "volatility%d: no option --%s any more", v, o.GetName())
		case !SameOption(o, now):
			p.replaceOption(places[i], o, now)
			p.note(KindOptionChanged, p.there.Name, "", "volatility%d: option --%s is another", v, o.GetName())
		}
	}
	for _, o := range wanted.GetOptions() {
		if !had[o.GetName()] {
			more.Options = append(more.Options, o)
			p.note(KindOptionChanged, p.there.Name, "", "volatility%d: option --%s", v, o.GetName())
		}
	}
}

// SameOption says whether two options of a plugin take the same values. What is said
// of them may differ.
func SameOption(a, b *volrenderv1.PluginOption) bool {
	return a.GetType() == b.GetType() && a.GetList() == b.GetList() && a.GetRequired() == b.GetRequired() &&
		slices.Equal(a.GetChoices(), b.GetChoices())
}

// replaceOption writes an option anew, with the words that somebody may have written.
func (p *pair) replaceOption(at place, old, now *volrenderv1.PluginOption) {
	now = proto.Clone(now).(*volrenderv1.PluginOption)
	if old.Doc != nil {
		now.Doc = old.Doc
	}
	s := p.settingSpan(at)
	before := "options: "
	if !at.inLiteral {
		before = fmt.Sprintf("%s.%s = ", p.file.optionName("command"), at.path)
	}
	p.edit.replace(s, braced(before, now.ProtoReflect()).indented(p.edit.indent(s.from)))
}

// cutPlace takes an element of a literal, or a statement, out.
func (p *pair) cutPlace(at place) {
	s := p.file.span(at.node)
	if at.separator != nil {
		s.to = p.file.span(at.separator).to
	}
	e := p.edit
	s.to = e.afterLine(s.to)
	if e.startsLine(s.from) && e.endsLine(s.to) {
		s.from = p.file.commentAbove(s.from, 0)
		s.from = e.lineStart(s.from)
		s.to += len(line(e.text[s.to:])) + 1
		s.to = min(s.to, len(e.text))
	}
	e.replace(s, "")
	p.body.cut[at.node] = true
}

// put writes what the message and its fields get.
func (p *pair) put() {
	command := newAdditions(p.file, &p.there.options, "command")
	command.add(p.command.ProtoReflect())
	command.putElements(p.edit)
	p.body.options = command.statements
	for _, f := range p.there.Fields {
		if slices.Contains(p.body.gone, f) {
			continue
		}
		fields := newAdditions(p.file, &f.options, "field")
		fields.add(p.options[f].ProtoReflect())
		statements := fields.statements
		if p.body.deprecated[f] {
			statements = append([]lines{{"deprecated = true"}}, statements...)
		}
		p.file.putOptions(p.edit, f.node, statements)
		fields.putElements(p.edit)
	}
	p.body.put(p.file, p.edit)
	if len(p.body.options) > 0 || len(command.order) > 0 {
		p.imports[optionsFile] = true
	}
}

// printField is a new field.
func (m *merger) printField(w *schemaimport.Field, name string, number int, o *volrenderv1.Field) lines {
	var options []lines
	if w.Deprecated {
		options = append(options, lines{"deprecated = true"})
	}
	label := ""
	switch {
	case w.Repeated:
		label = "repeated "
	case m.file.presence == labelled && (w.Optional || m.file.isProto2()):
		label = "optional "
	case m.file.presence == featured && w.Optional:
		options = append(options, lines{"features.field_presence = EXPLICIT"})
	}
	if proto.Size(o) > 0 {
		options = append(options, optionValue(m.file.optionName("field"), o))
		m.imports[optionsFile] = true
	}
	if name, ok := importsOf[w.Type]; ok {
		m.imports[name] = true
	}
	out := comment(w.Doc)
	head := fmt.Sprintf("%s%s %s = %d", label, m.file.global(w.Type), name, number)
	last := lines{head}
	if len(options) > 0 {
		last = brackets(options)
		last[0] = head + " " + last[0]
	}
	last[len(last)-1] += ";"
	return append(out, last...)
}

// printMessage is a new message.
func (m *merger) printMessage(w *schemaimport.Message) lines {
	out := append(comment(w.Doc), "message "+w.Name+" {")
	var parts []lines
	if proto.Size(w.Command) > 0 {
		l := braced("option "+m.file.optionName("command")+" = ", w.Command.ProtoReflect())
		l[len(l)-1] += ";"
		parts = append(parts, l)
		m.imports[optionsFile] = true
	}
	for i, field := range w.Fields {
		number := i + 1
		if number >= firstInternal {
			number += lastInternal - firstInternal + 1
		}
		parts = append(parts, m.printField(field, field.Name, number, newOption(w, field)))
	}
	for i, l := range parts {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, l.deeper()...)
	}
	if len(parts) == 0 {
		out[len(out)-1] += "}"
		return out
	}
	return append(out, "}")
}

// newOption is a field's option in a new message: without what the convention finds,
// and without what a version needs that has no such command.
func newOption(w *schemaimport.Message, field *schemaimport.Field) *volrenderv1.Field {
	if field.Option == nil {
		return nil
	}
	o := proto.Clone(field.Option).(*volrenderv1.Field)
	for _, v := range versions {
		cell, source := cellOf(o, v), sourceOf(w.Command, v)
		switch none := source.GetNone() || source == nil && cell.GetNone(); {
		case none:
			setCell(o, v, nil)
		case cell.GetColumn() != "" && findable(w, field.Name, v, cell.GetColumn()):
			setCell(o, v, unnamed(cell))
		}
	}
	return o
}

func (f *File) isProto2() bool {
	return f.node.Edition == nil && (f.node.Syntax == nil || f.node.Syntax.Syntax.AsString() == "proto2")
}
