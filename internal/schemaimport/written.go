package schemaimport

import (
	"fmt"
	"strings"

	"github.com/volint/volint/runtime/session"
)

// written is what the data has of a plugin that writes text only: the expressions of its
// rows, and of the columns that a table of it would have.
type written struct {
	rows, row string
	columns   []*column
}

// expressions reads the lines of expressions.txt, one after another.
func (k *knowledge) expressions() func(string) error {
	var last *written
	return func(line string) error {
		name, expression, is := strings.Cut(line, " | ")
		switch {
		case !is:
			last = &written{}
			k.written[line] = last
		case last == nil:
			return fmt.Errorf("want the name of a plugin before %q", line)
		case name == "rows":
			last.rows = expression
		case name == "row":
			last.row = expression
		default:
			title, typ, _ := strings.Cut(name, " : ")
			last.columns = append(last.columns, &column{Column: session.Column{Title: title, Type: typ}, expression: expression})
		}
		return nil
	}
}

// into gives the expressions to their plugin, if there are any.
func (w *written) into(p *plugin) {
	if w != nil {
		p.rows, p.row, p.columns = w.rows, w.row, w.columns
	}
}
