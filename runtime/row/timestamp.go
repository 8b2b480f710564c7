package row

import "time"

// Timestamp is google.protobuf.Timestamp as a value: a time that has an
// encoding of its own, and no time zone.
type Timestamp struct {
	// Seconds since 1970-01-01 00:00:00 UTC.
	Seconds int64
	// Nanos of the second, from 0 to 999,999,999. A frame can hold other numbers.
	Nanos int32
}

// TimestampOf returns t as a Timestamp.
func TimestampOf(t time.Time) Timestamp {
	return Timestamp{t.Unix(), int32(t.Nanosecond())}
}

// Time returns the time in UTC.
func (t Timestamp) Time() time.Time {
	return time.Unix(t.Seconds, int64(t.Nanos)).UTC()
}

const (
	tagSeconds = 1<<3 | wireVarint
	tagNanos   = 2<<3 | wireVarint
)

// ReadTimestamp, for generated code, reads a Timestamp into t. A field that
// comes twice is merged, as protobuf does with messages: what the second does
// not have stays as the first said.
func ReadTimestamp(b []byte, i int, t *Timestamp) int {
	body, end := Blob(b, i)
	if end < 0 {
		return end
	}
	var tag, v uint64
	j := 0
	for uint(j) < uint(len(body)) {
		tag, j = Varint(body, j)
		switch tag {
		case tagSeconds:
			v, j = Varint(body, j)
			t.Seconds = int64(v)
		case tagNanos:
			v, j = Varint(body, j)
			t.Nanos = int32(v)
		default:
			j = Skip(body, j, tag)
		}
	}
	if j < 0 {
		return ^i
	}
	return end
}

// AppendTimestamp, for generated code, appends a Timestamp.
func AppendTimestamp(b []byte, t Timestamp) []byte {
	var buf [2 + 10 + 10]byte
	body := buf[:0]
	if t.Seconds != 0 {
		body = AppendVarint(append(body, tagSeconds), uint64(t.Seconds))
	}
	if t.Nanos != 0 {
		body = AppendVarint(append(body, tagNanos), uint64(int64(t.Nanos)))
	}
	return AppendBlob(b, body)
}
