package format

import (
	"io"
	"strings"

	"github.com/volint/volint/internal/term"
)

// Column is one column of a Grid.
type Column struct {
	Title string
	// Right puts the cells to the right, as numbers stand.
	Right bool
}

// Grid prints lines of cells in columns. The widths are those of the titles and
// of the cells held back by Hold until the first Release; a wider cell that
// comes later pushes the rest of its line to the right and is never cut.
type Grid struct {
	w       io.Writer
	columns []Column
	widths  []int
	held    [][]string
	open    bool // the titles are printed
}

// NewGrid returns a grid that prints to w.
func NewGrid(w io.Writer, columns []Column) *Grid {
	g := &Grid{w: w, columns: columns, widths: make([]int, len(columns))}
	for i, c := range columns {
		g.widths[i] = term.Width(c.Title)
	}
	return g
}

// Held returns the number of lines that wait for Release, or -1 when the titles
// are printed and nothing waits any more.
func (g *Grid) Held() int {
	if g.open {
		return -1
	}
	return len(g.held)
}

// Line prints a line, or holds it back until Release. The cells have been
// through term.Escape; the grid keeps the slice.
func (g *Grid) Line(cells []string) error {
	if g.open {
		return g.print(cells)
	}
	for i, c := range cells {
		g.widths[i] = max(g.widths[i], term.Width(c))
	}
	g.held = append(g.held, cells)
	return nil
}

// Release prints the titles and what was held back; later lines are printed at
// once.
func (g *Grid) Release() error {
	if g.open {
		return nil
	}
	g.open = true
	titles := make([]string, len(g.columns))
	for i, c := range g.columns {
		titles[i] = c.Title
	}
	if err := g.print(titles); err != nil {
		return err
	}
	for _, cells := range g.held {
		if err := g.print(cells); err != nil {
			return err
		}
	}
	g.held = nil
	return nil
}

func (g *Grid) print(cells []string) error {
	var b strings.Builder
	gap := 0 // spaces owed before the next cell: none end a line
	for i, c := range cells {
		pad := max(0, g.widths[i]-term.Width(c))
		if g.columns[i].Right {
			gap, pad = gap+pad, 0
		}
		if c != "" {
			b.WriteString(strings.Repeat(" ", gap))
			b.WriteString(c)
			gap = 0
		}
		gap += pad + 2
	}
	b.WriteByte('\n')
	_, err := io.WriteString(g.w, b.String())
	return err
}
