package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/internal/term"
)

// listing is a list of things that volint itself knows, as a table or as JSON.
type listing struct {
	columns []format.Column
	cells   [][]string
	objects []any
}

func newListing(titles ...string) *listing {
	l := &listing{}
	for _, t := range titles {
		l.columns = append(l.columns, format.Column{Title: t})
	}
	return l
}

func (l *listing) add(object any, cells ...string) {
	for i, c := range cells {
		cells[i] = term.Escape(c)
	}
	l.objects = append(l.objects, object)
	l.cells = append(l.cells, cells)
}

func (l *listing) print(w io.Writer, formatName string) error {
	switch formatName {
	case "table":
		return l.table(w)
	case "jsonl":
		return l.jsonl(w)
	}
	return misuse("a list is printed as table or jsonl", "unknown format %q", formatName)
}

func (l *listing) table(w io.Writer) error {
	g := format.NewGrid(w, l.columns)
	for _, cells := range l.cells {
		if err := g.Line(cells); err != nil {
			return err
		}
	}
	return g.Release()
}

func (l *listing) jsonl(w io.Writer) error {
	for _, o := range l.objects {
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", b); err != nil {
			return err
		}
	}
	return nil
}
