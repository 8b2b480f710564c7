package format

import (
	"bufio"
	"encoding/base64"
	"io"
	"math"
	"strconv"
	"time"

	"unicode/utf8"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
)

// jsonl prints one JSON object a row, each with every field in the order of the
// message.
type jsonl struct {
	fields []row.Field
	names  []string // `"name":`
	w      *bufio.Writer
	line   []byte
}

func newJSONL(w io.Writer, m *row.Message) *jsonl {
	j := &jsonl{fields: m.Fields, w: bufio.NewWriterSize(w, 64<<10)}
	for i := range m.Fields {
		j.names = append(j.names, string(appendJSONString(nil, m.Fields[i].Name))+":")
	}
	return j
}

func (j *jsonl) row(r row.Row) error {
	j.line = append(j.line[:0], '{')
	for i := range j.fields {
		if i > 0 {
			j.line = append(j.line, ',')
		}
		j.line = append(j.line, j.names[i]...)
		if v := r.Value(i); v.Present() {
			j.line = appendJSON(j.line, &j.fields[i], v)
		} else {
			j.line = append(j.line, "null"...)
		}
	}
	j.line = append(j.line, '}', '\n')
	_, err := j.w.Write(j.line)
	return err
}

func (j *jsonl) flush() error     { return j.w.Flush() }
func (j *jsonl) close(bool) error { return j.w.Flush() }

// appendJSON appends a present value, as protobuf's JSON form has it, except that
// 64-bit integers are numbers.
func appendJSON(b []byte, f *row.Field, v row.Value) []byte {
	switch f.Kind {
	case row.Bool:
		return strconv.AppendBool(b, v.Bool())
	case row.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case row.Uint:
		return strconv.AppendUint(b, v.Uint(), 10)
	case row.Float, row.Double:
		return appendJSONFloat(b, v.Float(), floatBits(f.Kind))
	case row.String:
		return appendJSONString(b, v.Str())
	case row.Bytes:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
		return append(b, '"')
	case row.Enum:
		if name, ok := f.Enum[int32(v.Int())]; ok {
			return appendJSONString(b, name)
		}
		return strconv.AppendInt(b, v.Int(), 10)
	case row.Time:
		return appendJSONString(b, clock(v.Time(), time.RFC3339Nano))
	}
	return append(b, "null"...)
}

func appendJSONFloat(b []byte, x float64, bits int) []byte {
	switch {
	case math.IsNaN(x):
		return append(b, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, x, 'g', -1, bits)
}

// appendJSONString appends a JSON string. Characters that a terminal would act on
// or not show are written as \u escapes, which every reader turns back; a byte
// that is not UTF-8 as \xhh, the form that string fields have for it.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, `\\x`...)
			b = appendHex(b, uint32(s[i]), 2)
		case r == '"' || r == '\\':
			b = append(b, '\\', s[i])
		case term.Visible(r):
			b = append(b, s[i:i+n]...)
		case r > 0xffff:
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			b = appendHex(append(b, `\u`...), uint32(hi), 4)
			b = appendHex(append(b, `\u`...), uint32(lo), 4)
		default:
			b = appendHex(append(b, `\u`...), uint32(r), 4)
		}
		i += n
	}
	return append(b, '"')
}

func appendHex(b []byte, n uint32, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[n>>shift&15])
	}
	return b
}
