package equality

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// columns say which column of a plugin's table each field of a message takes in a
// version of Volatility.
type columns struct {
	fields []column
	// depth is the field that has a row's depth; -1 where there is none.
	depth int
}

// column is what a field takes.
type column struct {
	// title is the column's by the field's option, and folded how it is found where no
	// column has just that title.
	title, folded string
	// none says that this version has no such value.
	none bool
	// sometimes says that the column is there with some options only, or in some
	// releases.
	sometimes bool
	// tells is the field of whose absence this one tells: its number in the message,
	// or -1.
	tells int
	// absent is the number that stands for no value, where there is one.
	absent *uint64
}

// columns reads the options of a command's message.
func (m *Messages) columns(c row.Command, version session.Version) *columns {
	described := m.descriptors[c.Message.FullName]
	of := &columns{depth: -1}
	telling := map[string]string{}
	for i, f := range c.Message.Fields {
		field := described.Fields().ByNumber(protowire.Number(f.Number))
		options := option.Field(field)
		if options == nil {
			options = new(volrenderv1.Field)
		}
		cell := options.GetVolatility3()
		if version == session.Volatility2 {
			cell = options.GetVolatility2()
		}
		if options.GetTreeDepth() {
			of.depth = i
		}
		if name := options.GetAbsence(); name != "" {
			telling[name] = f.Name
		}
		c := newColumn(f.Name, cell)
		c.sometimes = c.sometimes || isDeprecated(field)
		c.absent = options.AbsentValue
		of.fields = append(of.fields, c)
	}
	for i, f := range c.Message.Fields {
		if subject, ok := telling[f.Name]; ok {
			of.fields[i].tells = slices.IndexFunc(c.Message.Fields, func(f row.Field) bool { return f.Name == subject })
		}
	}
	return of
}

func newColumn(field string, cell *volrenderv1.Cell) column {
	title := cell.GetColumn()
	if title == "" {
		title = field
	}
	return column{title: title, folded: option.Fold(title), none: cell.GetNone(), sometimes: cell.GetSometimes(), tells: -1}
}

// isDeprecated reports whether a field is marked as one that only older releases fill.
func isDeprecated(field protoreflect.FieldDescriptor) bool {
	options, ok := field.Options().(*descriptorpb.FieldOptions)
	return ok && options.GetDeprecated()
}

// find returns the title of the column that a field takes, as a row of the table has
// it.
func (c column) find(shown map[string]json.RawMessage) (string, bool) {
	if c.none || c.tells >= 0 {
		return "", false
	}
	if _, ok := shown[c.title]; ok {
		return c.title, true
	}
	for _, title := range slices.Sorted(maps.Keys(shown)) {
		if option.Fold(title) == c.folded {
			return title, true
		}
	}
	return "", false
}

// difference says in what a typed row is not the row that Volatility shows, by field;
// "" where it is.
func (of *columns) difference(rules Rules, r row.Row, want shownRow) string {
	taken := map[string]bool{}
	for i, f := range r.Message().Fields {
		v, about := r.Value(i), of.fields[i]
		if i == of.depth {
			if v.Uint() != uint64(want.depth) {
				return fmt.Sprintf("%s: it is %s, and the depth in the tree %d", f.Name, v, want.depth)
			}
			continue
		}
		title, ok := about.find(want.values)
		if !ok {
			if said := about.withoutColumn(r, v); said != "" {
				return f.Name + ": " + said
			}
			continue
		}
		taken[title] = true
		value, err := readShown(want.values[title])
		if err != nil {
			return fmt.Sprintf("%s: %v", f.Name, err)
		}
		if about.absent != nil && !v.Present() && value.isInteger(*about.absent) {
			continue
		}
		if said := rules.difference(f, v, value); said != "" {
			return f.Name + ": " + said
		}
	}
	return of.leftOver(want, taken)
}

// withoutColumn says what is wrong with the value of a field that takes no column: it
// tells of another's absence, or there is none.
func (c column) withoutColumn(r row.Row, v row.Value) string {
	switch {
	case c.tells < 0 && v.Present():
		return fmt.Sprintf("it is %s, and there is no such column", v)
	case c.tells >= 0 && v.Present() && v.Int() != 0 && r.Value(c.tells).Present():
		return fmt.Sprintf("it is %s, and there is a value", v)
	}
	return ""
}

// missing are the fields of those without a column that always has one.
func (of *columns) missing(m *row.Message, without []string) []string {
	return slices.DeleteFunc(slices.Clone(without), func(name string) bool {
		at := slices.IndexFunc(m.Fields, func(f row.Field) bool { return f.Name == name })
		return at >= 0 && of.fields[at].sometimes
	})
}

// leftOver says what a row shows that no field takes.
func (of *columns) leftOver(want shownRow, taken map[string]bool) string {
	var titles []string
	for title := range want.values {
		if !taken[title] {
			titles = append(titles, title)
		}
	}
	slices.Sort(titles)
	switch {
	case len(titles) > 0:
		return "no field takes " + strings.Join(titles, ", ")
	case want.depth > 0 && of.depth < 0:
		return fmt.Sprintf("no field takes the depth in the tree, %d", want.depth)
	}
	return ""
}
