package protofile

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// newField is a field to make.
type newField struct {
	want  *schemaimport.Field
	cells map[session.Version]*volrenderv1.Cell
}

// addField notes that a field is to be made, where some version fills it.
func (p *pair) addField(w *schemaimport.Field, cells map[session.Version]*volrenderv1.Cell) {
	if w.Option.GetTreeDepth() {
		cells = nil
	} else if !fills(cells) {
		return
	}
	if name, ok := p.newName(w); ok {
		p.names[w] = name
		p.added = append(p.added, newField{w, cells})
		return
	}
	p.note(KindNameKept, p.there.Name, "", "%s is reserved: the field is left out", w.Name)
}

// fills says whether some version fills a field with these cells.
func fills(cells map[session.Version]*volrenderv1.Cell) bool {
	for _, c := range cells {
		if !c.GetNone() {
			return true
		}
	}
	return false
}

// addCompanion notes that a field is to be made that tells why another has no value,
// where that one is made too, or has none.
func (p *pair) addCompanion(w *schemaimport.Field) {
	subject := p.subject(w)
	if subject == nil || p.match[w] != nil {
		return
	}
	f := p.match[subject]
	if f == nil && p.names[subject] == "" || f != nil && (f.Option.GetAbsence() != "") {
		return
	}
	name, ok := p.newName(w)
	if !ok {
		return // nor will it be asked for
	}
	p.names[w] = name
	p.added = append(p.added, newField{want: w})
	if f != nil {
		p.options[f].Absence = proto.String(name)
	}
}

// addFields makes the fields, in the order in which they are wanted.
func (p *pair) addFields() {
	slices.SortStableFunc(p.added, func(a, b newField) int {
		return slices.Index(p.want.Fields, a.want) - slices.Index(p.want.Fields, b.want)
	})
	var given []int
	for _, x := range p.added {
		number := p.there.nextNumber(given)
		name := p.names[x.want]
		if number == 0 {
			p.note(KindNameKept, p.there.Name, "", "no number is free for %s", name)
			continue
		}
		given = append(given, number)
		p.body.fields = append(p.body.fields, p.printField(x.want, name, number, p.optionFor(x, name)))
		p.note(KindFieldAdded, p.there.Name, name, "%s", describe(x.want, x.cells))
	}
}

// optionFor is the option of a field that is made.
func (p *pair) optionFor(x newField, name string) *volrenderv1.Field {
	o := &volrenderv1.Field{}
	if x.want.Option != nil {
		o = proto.Clone(x.want.Option).(*volrenderv1.Field)
	}
	for _, v := range versions {
		setCell(o, v, p.needed(name, v, x.cells[v]))
	}
	if companion := o.GetAbsence(); companion != "" {
		o.Absence = nil
		for _, c := range p.want.Fields {
			if c.Name == companion && p.names[c] != "" {
				o.Absence = proto.String(p.names[c])
			}
		}
	}
	return o
}

// needed is a cell as a new field has to have it.
func (p *pair) needed(name string, v session.Version, cell *volrenderv1.Cell) *volrenderv1.Cell {
	if cell.GetColumn() != "" && findable(p.want, name, v, cell.GetColumn()) {
		return unnamed(cell)
	}
	return cell
}

// newName is a name for a new field: the wanted one, or where another field has it,
// with something behind it. None is free where it is reserved.
func (p *pair) newName(w *schemaimport.Field) (string, bool) {
	if p.there.reserved[w.Name] {
		return "", false
	}
	name := w.Name
	for n := 2; p.taken(name); n++ {
		name = fmt.Sprintf("%s_%d", w.Name, n)
	}
	return name, true
}

func (p *pair) taken(name string) bool {
	if p.there.inner[name] || p.there.reserved[name] {
		return true
	}
	for _, f := range p.there.Fields {
		if option.Fold(f.Name) == option.Fold(name) {
			return true
		}
	}
	for _, other := range p.names {
		if option.Fold(other) == option.Fold(name) {
			return true
		}
	}
	return false
}

// describe says what a new field takes.
func describe(w *schemaimport.Field, cells map[session.Version]*volrenderv1.Cell) string {
	words := []string{w.Type}
	for _, v := range versions {
		if title := cells[v].GetColumn(); title != "" {
			words = append(words, fmt.Sprintf("volatility%d's column %q", v, title))
		}
	}
	return strings.Join(words, ", ")
}
