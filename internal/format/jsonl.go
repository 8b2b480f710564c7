package format

import (
	"bufio"
	"io"

	"github.com/volint/volint/runtime/row"
)

// jsonl prints one JSON object a row, between before and after.
type jsonl struct {
	json          jsonWriter
	w             *bufio.Writer
	line          []byte
	before, after string
}

func newJSONL(w io.Writer) *jsonl {
	return &jsonl{w: bufio.NewWriterSize(w, 64<<10), after: "\n"}
}

// NewNamed returns a printer of JSON lines that say which command a row is of:
// {"command":NAME,"row":{...}}.
func NewNamed(w io.Writer, cmd row.Command, name string) Printer {
	j := newJSONL(w)
	j.before = `{"command":` + string(appendJSONString(nil, name)) + `,"row":`
	j.after = "}\n"
	return decoding(cmd, j)
}

func (j *jsonl) row(r row.Row) error {
	j.line = append(j.line[:0], j.before...)
	j.line = append(j.json.row(j.line, r), j.after...)
	_, err := j.w.Write(j.line)
	return err
}

func (j *jsonl) flush() error     { return j.w.Flush() }
func (j *jsonl) close(bool) error { return j.w.Flush() }
