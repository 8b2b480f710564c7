package pygen

import (
	"regexp"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// expressions fills in what the rows are and what each field's value is.
func (v *version) expressions(m *message, src *plan.Source, fields []filled) {
	// These the generated function has itself, and this nobody can set.
	taken := claimed{"_values": true, "_rows": true, "_error": true, "_write": true, "__debug__": true}
	var variables []string
	for _, f := range fields {
		if f.of == nil { // a companion's value is that of its field
			variable := taken.claim("_" + f.Name)
			variables = append(variables, variable)
			m.Cells = append(m.Cells, cell{variable, v.expression(f.cell.Expression)})
		}
	}
	m.Rows = v.expression(src.Rows)
	m.Values = tuple(variables, "            ", "yield ")
}

var comprehension = regexp.MustCompile(`\bfor\b`)

// expression prints an expression among the statements of a function. Those of
// Volatility 2 that go through a list have a function of their own: the variable of
// a list comprehension in Python 2 would overwrite one of the same name.
func (v *version) expression(source string) string {
	source = strings.TrimSpace(source)
	if v.number == 2 && comprehension.MatchString(source) {
		return "(lambda: " + source + ")()"
	}
	return source
}
