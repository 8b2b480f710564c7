package format

import (
	"strconv"
	"time"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
)

// The layouts of times, always in UTC.
const (
	tableTime = "2006-01-02 15:04:05.999999999 UTC"
	csvTime   = "2006-01-02T15:04:05.999999999Z"
)

// cells writes values as people read them: what tables and CSV share. Values that
// are made of others are JSON.
type cells struct {
	layout string // of times
	json   jsonWriter
}

func newCells(layout string) cells { return cells{layout, jsonWriter{cell: true}} }

// text is a value that is present.
func (c *cells) text(f *row.Field, v row.Value) string {
	if composed(f) {
		return string(c.json.value(nil, f, v))
	}
	return scalar(f, v, c.layout)
}

// composed reports whether a field's values are made of others.
func composed(f *row.Field) bool { return f.List || f.Key != 0 || f.Kind == row.Nested }

// scalar is a single value, or one of a list or a map.
func scalar(f *row.Field, v row.Value, layout string) string {
	switch f.Kind {
	case row.Bool:
		return strconv.FormatBool(v.Bool())
	case row.Int:
		return integer(f, uint64(v.Int()), true, layout)
	case row.Uint:
		return integer(f, v.Uint(), false, layout)
	case row.Float, row.Double:
		return strconv.FormatFloat(v.Float(), 'g', -1, floatBits(f.Kind))
	case row.String:
		return term.Escape(v.Str())
	case row.Bytes:
		return term.EscapeBytes(v.Bytes())
	case row.Enum:
		return enumName(f, v)
	case row.Time:
		return clock(v.Time(), layout)
	}
	return "?"
}

// integer prints a number by its meaning; n holds the two's complement of a
// signed one.
func integer(f *row.Field, n uint64, signed bool, layout string) string {
	switch f.Meaning {
	case row.CanonicalAddress, row.Address:
		return hex(n, 16)
	case row.Hexadecimal:
		return hex(n, 1)
	case row.UnixSeconds:
		if signed || n <= 1<<63-1 {
			return clock(time.Unix(int64(n), 0), layout)
		}
		return "@" + strconv.FormatUint(n, 10)
	}
	if signed {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatUint(n, 10)
}

// hex is 0x and at least digits digits.
func hex(n uint64, digits int) string {
	s := strconv.FormatUint(n, 16)
	for len(s) < digits {
		s = "0" + s
	}
	return "0x" + s
}

// The seconds of 0001-01-01 and of 9999-12-31 23:59:59, between which a time has
// a year of four digits.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// clock is a time in UTC, or @SECONDS where the year does not have four digits,
// as garbage in memory makes it.
func clock(t time.Time, layout string) string {
	if s := t.Unix(); s < firstSecond || s > lastSecond {
		return "@" + strconv.FormatInt(s, 10)
	}
	return t.UTC().Format(layout)
}

func enumName(f *row.Field, v row.Value) string {
	n := int32(v.Int())
	if name, ok := f.Enum[n]; ok {
		return name
	}
	return strconv.FormatInt(int64(n), 10)
}

func floatBits(k row.Kind) int {
	if k == row.Float {
		return 32
	}
	return 64
}

// numeric reports whether a field's cells are numbers, which stand to the right.
func numeric(f *row.Field) bool {
	if composed(f) {
		return false
	}
	switch f.Kind {
	case row.Int, row.Uint:
		return f.Meaning != row.UnixSeconds
	case row.Float, row.Double:
		return true
	}
	return false
}
