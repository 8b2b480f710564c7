package row

import (
	"encoding/binary"
	"math"
)

// What follows is for generated code: tags are appended as constants, values by
// these functions.

// AppendVarint appends a varint of as few bytes as will do.
func AppendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// AppendBool appends a bool.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendZigzag32 appends a sint32.
func AppendZigzag32(b []byte, v int32) []byte {
	return AppendVarint(b, uint64(uint32(v<<1)^uint32(v>>31)))
}

// AppendZigzag64 appends a sint64.
func AppendZigzag64(b []byte, v int64) []byte {
	return AppendVarint(b, uint64(v<<1)^uint64(v>>63))
}

// AppendFixed32 appends 4 bytes.
func AppendFixed32(b []byte, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(b, v)
}

// AppendFixed64 appends 8 bytes.
func AppendFixed64(b []byte, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(b, v)
}

// AppendFloat32 appends a float.
func AppendFloat32(b []byte, v float32) []byte {
	return AppendFixed32(b, math.Float32bits(v))
}

// AppendFloat64 appends a double.
func AppendFloat64(b []byte, v float64) []byte {
	return AppendFixed64(b, math.Float64bits(v))
}

// AppendText appends a string's length and bytes.
func AppendText(b []byte, s string) []byte {
	return append(AppendVarint(b, uint64(len(s))), s...)
}

// AppendBlob appends a length and that many bytes.
func AppendBlob(b, v []byte) []byte {
	return append(AppendVarint(b, uint64(len(v))), v...)
}
