package format

import "github.com/volint/volint/runtime/row"

// JSON writes rows and parts of rows as JSON lines have them. The zero value is
// ready.
type JSON struct{ json jsonWriter }

// Row appends the object of a row.
func (j *JSON) Row(b []byte, r row.Row) []byte { return j.json.row(b, r) }

// Fields appends an object of some of a row's fields, which are given by their
// index.
func (j *JSON) Fields(b []byte, r row.Row, fields []int) []byte {
	names := j.json.namesOf(r.Message())
	b = append(b, '{')
	for n, i := range fields {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, names[i]...)
		b = j.Value(b, r, i)
	}
	return append(b, '}')
}

// Value appends the value of a row's field. Two values are the same where their
// JSON is.
func (j *JSON) Value(b []byte, r row.Row, field int) []byte {
	return j.json.value(b, &r.Message().Fields[field], r.Value(field))
}

// String appends a string.
func (j *JSON) String(b []byte, s string) []byte { return appendJSONString(b, s) }
