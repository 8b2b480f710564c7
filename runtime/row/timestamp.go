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

// appendTimestamp appends the length and the message of a Timestamp.
func appendTimestamp(b []byte, t Timestamp) []byte {
	var buf [2 + 10 + 10]byte
	body := buf[:0]
	if t.Seconds != 0 {
		body = appendVarint(append(body, tagSeconds), uint64(t.Seconds))
	}
	if t.Nanos != 0 {
		body = appendVarint(append(body, tagNanos), uint64(int64(t.Nanos)))
	}
	return append(appendVarint(b, uint64(len(body))), body...)
}
