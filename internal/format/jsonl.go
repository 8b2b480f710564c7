package format

import (
	"bufio"
	"io"

	"github.com/volint/volint/runtime/row"
)

// jsonl prints one JSON object a row.
type jsonl struct {
	json jsonWriter
	w    *bufio.Writer
	line []byte
}

func newJSONL(w io.Writer) *jsonl {
	return &jsonl{w: bufio.NewWriterSize(w, 64<<10)}
}

func (j *jsonl) row(r row.Row) error {
	j.line = append(j.json.row(j.line[:0], r), '\n')
	_, err := j.w.Write(j.line)
	return err
}

func (j *jsonl) flush() error     { return j.w.Flush() }
func (j *jsonl) close(bool) error { return j.w.Flush() }
