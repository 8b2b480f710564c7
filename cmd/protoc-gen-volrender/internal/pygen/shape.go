package pygen

import (
	"cmp"
	"slices"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// shape is the table of a message that fields have, as a template prints it.
type shape struct {
	// Name is the variable's, FullName a literal.
	Name, FullName string
	Fields         []string
}

// shapes has the messages that a module's fields lead to, each with a name of the
// module's own.
type shapes struct {
	names map[*plan.Message]string
	taken map[string]bool
	order []*plan.Message
}

// add takes in the messages that fields lead to.
func (s *shapes) add(fields []*plan.Field) {
	if s.names == nil {
		s.names, s.taken = map[*plan.Message]string{}, map[string]bool{}
	}
	for _, f := range fields {
		if m := f.Message; m != nil && s.names[m] == "" {
			s.names[m] = s.claim("_shape_" + strings.ReplaceAll(m.FullName, ".", "_"))
			s.order = append(s.order, m)
			s.add(m.Fields)
		}
	}
}

// claim makes a name one of its own.
func (s *shapes) claim(name string) string { return claimed(s.taken).claim(name) }

// claimed are the names of a scope that are taken.
type claimed map[string]bool

func (c claimed) claim(name string) string {
	for c[name] {
		name += "_"
	}
	c[name] = true
	return name
}

// sorted has the messages in the order of their names, which does not depend on
// which field led to one first.
func (s *shapes) sorted() []*plan.Message {
	return slices.SortedFunc(slices.Values(s.order), func(x, y *plan.Message) int { return cmp.Compare(x.FullName, y.FullName) })
}

// plainly are fields that take no value from Volatility by themselves.
func plainly(fields []*plan.Field) []filled {
	var out []filled
	for _, f := range fields {
		out = append(out, filled{Field: f})
	}
	return out
}
