package format

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
)

// jsonWriter writes values as JSON, which has no spaces. Rows lie no deeper in one
// another than decoders let them, and so its calls don't either.
type jsonWriter struct {
	// cell says that the JSON stands in a cell of a table or of CSV, for people:
	// addresses, masks and seconds since 1970 are strings there, in the form that
	// CSV has them.
	cell bool
	// names are `"name":` for the fields of each message that was met.
	names map[*row.Message][]string
}

// row appends an object with every field, in the order of the message.
func (j *jsonWriter) row(b []byte, r row.Row) []byte {
	m := r.Message()
	names := j.namesOf(m)
	b = append(b, '{')
	for i := range m.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, names[i]...)
		b = j.value(b, &m.Fields[i], r.Value(i))
	}
	return append(b, '}')
}

func (j *jsonWriter) namesOf(m *row.Message) []string {
	names, ok := j.names[m]
	if !ok {
		for i := range m.Fields {
			names = append(names, string(appendJSONString(nil, m.Fields[i].Name))+":")
		}
		if j.names == nil {
			j.names = map[*row.Message][]string{}
		}
		j.names[m] = names
	}
	return names
}

// value appends a field's value, or one of a list or a map: in the form that
// protobuf's JSON has, except that 64-bit integers are numbers.
func (j *jsonWriter) value(b []byte, f *row.Field, v row.Value) []byte {
	if !v.Present() {
		return append(b, "null"...)
	}
	switch v.Kind() {
	case row.List:
		return j.list(b, f, v)
	case row.Map:
		return j.mapping(b, f, v)
	case row.Nested:
		return j.row(b, v.Row())
	case row.Bool:
		return strconv.AppendBool(b, v.Bool())
	case row.Int, row.Uint:
		return j.integer(b, f, v)
	case row.Float, row.Double:
		return appendJSONFloat(b, v.Float(), floatBits(v.Kind()))
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

func (j *jsonWriter) list(b []byte, f *row.Field, v row.Value) []byte {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = j.value(b, f, v.Index(i))
	}
	return append(b, ']')
}

func (j *jsonWriter) mapping(b []byte, f *row.Field, v row.Value) []byte {
	b = append(b, '{')
	first := true
	for key, value := range v.Entries() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendJSONKey(b, key), ':')
		b = j.value(b, f, value)
	}
	return append(b, '}')
}

// appendJSONKey appends a map's key, which JSON wants to be a string.
func appendJSONKey(b []byte, key row.Value) []byte {
	switch key.Kind() {
	case row.Bool:
		return strconv.AppendQuote(b, strconv.FormatBool(key.Bool()))
	case row.Int:
		return strconv.AppendQuote(b, strconv.FormatInt(key.Int(), 10))
	case row.Uint:
		return strconv.AppendQuote(b, strconv.FormatUint(key.Uint(), 10))
	}
	return appendJSONString(b, key.Str())
}

func (j *jsonWriter) integer(b []byte, f *row.Field, v row.Value) []byte {
	switch {
	case j.cell && f.Meaning != row.Plain:
		return appendJSONString(b, scalar(f, v, csvTime))
	case v.Kind() == row.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	}
	return strconv.AppendUint(b, v.Uint(), 10)
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
