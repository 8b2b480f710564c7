package main

import (
	"errors"
	"io"
	"time"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// events is the view of programs: a JSON line for each change.
type events struct {
	voice
	w      io.Writer
	json   format.JSON
	fields []row.Field
	keys   []int
	line   []byte
}

func newEvents(w io.Writer, v voice, m *row.Message, keys []int) *events {
	return &events{voice: v, w: w, fields: m.Fields, keys: keys}
}

func (e *events) expired() <-chan time.Time { return nil }
func (e *events) redraw() error             { return nil }

func (e *events) show(f *finding) error {
	e.line = e.line[:0]
	for _, c := range f.changes {
		e.begin(f.at, c.event.String())
		e.line = e.json.Fields(append(e.line, `,"key":`...), c.row, e.keys)
		e.line = e.json.Row(append(e.line, `,"row":`...), c.row)
		if c.event == changed {
			e.names(c.fields)
		}
		e.line = append(e.line, "}\n"...)
	}
	if len(e.line) == 0 {
		return nil
	}
	_, err := e.w.Write(e.line)
	return err
}

// names appends the names of the fields that changed.
func (e *events) names(fields []int) {
	e.line = append(e.line, `,"changed":[`...)
	for n, i := range fields {
		if n > 0 {
			e.line = append(e.line, ',')
		}
		e.line = e.json.String(e.line, e.fields[i].Name)
	}
	e.line = append(e.line, ']')
}

func (e *events) begin(at time.Time, event string) {
	e.line = append(e.line, `{"time":`...)
	e.line = e.json.String(e.line, at.UTC().Format(time.RFC3339Nano))
	e.line = append(e.line, `,"event":`...)
	e.line = e.json.String(e.line, event)
}

func (e *events) failed(at time.Time, err error) error {
	e.line = e.line[:0]
	e.begin(at, "error")
	message, hint := explain(err)
	e.line = e.json.String(append(e.line, `,"message":`...), message)
	e.line = e.json.String(append(e.line, `,"hint":`...), hint)
	_, err = e.w.Write(append(e.line, "}\n"...))
	return err
}

// explain is what an error says, and what is to be done.
func explain(err error) (message, hint string) {
	var s *session.Error
	var f *failure
	switch {
	case errors.As(err, &s):
		return s.Message, s.Hint
	case errors.As(err, &f):
		return f.msg, f.hint
	}
	return err.Error(), ""
}
