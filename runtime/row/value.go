package row

import (
	"math"
	"strconv"
	"time"
	"unsafe"
)

// Value is the value of one field, for programs that handle every row alike. It
// borrows from the row as the row's own fields do. The zero Value has no kind
// and is absent.
//
// A method for another kind than the value's returns zero; Uint and Int also
// serve each other, where the number fits.
type Value struct {
	kind    Kind
	present bool
	nanos   int32
	bits    uint64
	text    string
	names   map[int32]string
	// parts is a Row, a list or a mapping; nil for other kinds.
	parts any
}

// BoolValue returns a Bool.
func BoolValue(present, v bool) Value {
	var bits uint64
	if v {
		bits = 1
	}
	return Value{kind: Bool, present: present, bits: bits}
}

// IntValue returns an Int.
func IntValue(present bool, v int64) Value {
	return Value{kind: Int, present: present, bits: uint64(v)}
}

// UintValue returns a Uint.
func UintValue(present bool, v uint64) Value {
	return Value{kind: Uint, present: present, bits: v}
}

// FloatValue returns a Float, which has the precision of 32 bits.
func FloatValue(present bool, v float32) Value {
	return Value{kind: Float, present: present, bits: math.Float64bits(float64(v))}
}

// DoubleValue returns a Double.
func DoubleValue(present bool, v float64) Value {
	return Value{kind: Double, present: present, bits: math.Float64bits(v)}
}

// StringValue returns a String.
func StringValue(present bool, v string) Value {
	return Value{kind: String, present: present, text: v}
}

// BytesValue returns Bytes; v must not change as long as the Value is used.
func BytesValue(present bool, v []byte) Value {
	return Value{kind: Bytes, present: present, text: unsafe.String(unsafe.SliceData(v), len(v))}
}

// EnumValue returns an Enum; names are its numbers' names, as in Field.Enum.
func EnumValue(present bool, v int32, names map[int32]string) Value {
	return Value{kind: Enum, present: present, bits: uint64(int64(v)), names: names}
}

// TimeValue returns a Time.
func TimeValue(present bool, v Timestamp) Value {
	return Value{kind: Time, present: present, bits: uint64(v.Seconds), nanos: v.Nanos}
}

// Kind returns the value's kind, 0 for the zero Value.
func (v Value) Kind() Kind { return v.kind }

// Present reports whether there is a value: the field was set, and not to the
// number that stands for no value. A field of implicit presence always has one.
func (v Value) Present() bool { return v.present }

// Uint returns the number of a Uint, or of an Int or Enum that is not negative.
func (v Value) Uint() uint64 {
	switch v.kind {
	case Uint:
		return v.bits
	case Int, Enum:
		return uint64(max(int64(v.bits), 0))
	}
	return 0
}

// Int returns the number of an Int or Enum, or of a Uint below 2^63.
func (v Value) Int() int64 {
	switch v.kind {
	case Int, Enum:
		return int64(v.bits)
	case Uint:
		return max(int64(v.bits), 0)
	}
	return 0
}

// Bool returns the truth of a Bool.
func (v Value) Bool() bool { return v.kind == Bool && v.bits != 0 }

// Float returns the number of a Float or Double.
func (v Value) Float() float64 {
	if v.kind == Float || v.kind == Double {
		return math.Float64frombits(v.bits)
	}
	return 0
}

// Str returns the text of a String.
func (v Value) Str() string {
	if v.kind == String {
		return v.text
	}
	return ""
}

// Bytes returns the bytes of Bytes, or nil where there are none. They must not
// be changed.
func (v Value) Bytes() []byte {
	if v.kind != Bytes || v.text == "" {
		return nil
	}
	return unsafe.Slice(unsafe.StringData(v.text), len(v.text))
}

// EnumName returns the name of an Enum's number, or "" where it has none.
func (v Value) EnumName() string { return v.names[int32(v.bits)] }

// Timestamp returns the Timestamp of a Time.
func (v Value) Timestamp() Timestamp {
	if v.kind != Time {
		return Timestamp{}
	}
	return Timestamp{int64(v.bits), v.nanos}
}

// Time returns the time of a Time, in UTC.
func (v Value) Time() time.Time { return v.Timestamp().Time() }

// String returns the value for a log: "-" where it is absent, quotes around
// text. It is safe to print, and not made to be parsed.
func (v Value) String() string {
	if !v.present {
		return "-"
	}
	switch v.kind {
	case Bool:
		return strconv.FormatBool(v.Bool())
	case Int:
		return strconv.FormatInt(int64(v.bits), 10)
	case Uint:
		return strconv.FormatUint(v.bits, 10)
	case Float:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case Double:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case Enum:
		return EnumString(v.names, int32(v.bits))
	case Time:
		return v.Time().Format(time.RFC3339Nano)
	case Nested, List, Map:
		return v.partsString()
	}
	return strconv.QuoteToASCII(v.text)
}
