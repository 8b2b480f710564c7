package row

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
	"unsafe"
)

// What follows is for generated code. A decoder walks a frame by an index: each
// function takes the frame and the index where a value starts, and returns the
// value and the index behind it. A value that is malformed gives a negative
// index, the complement of where it starts; it ends the decoder's loop, and
// Malformed finds the reason. So the loop has one check, not one a field.

// Varint reads a varint of 64 bits. As protobuf says, it has at most 10 bytes,
// it may be longer than it need be, and fields of fewer bits take the low ones.
func Varint(b []byte, i int) (uint64, int) {
	if uint(i) < uint(len(b)) && b[i] < 0x80 {
		return uint64(b[i]), i + 1
	}
	var v uint64
	for shift, j := uint(0), i; uint(j) < uint(len(b)) && shift < 64; shift, j = shift+7, j+1 {
		c := uint64(b[j])
		if c >= 0x80 {
			v |= (c & 0x7f) << shift
			continue
		}
		if shift == 63 && c > 1 {
			break
		}
		return v | c<<shift, j + 1
	}
	return 0, ^i
}

// Zigzag32 undoes the encoding of sint32.
func Zigzag32(v uint64) int32 { return int32(uint32(v)>>1) ^ -int32(v&1) }

// Zigzag64 undoes the encoding of sint64.
func Zigzag64(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// Fixed32 reads 4 bytes.
func Fixed32(b []byte, i int) (uint32, int) {
	if len(b)-i < 4 {
		return 0, ^i
	}
	return binary.LittleEndian.Uint32(b[i:]), i + 4
}

// Fixed64 reads 8 bytes.
func Fixed64(b []byte, i int) (uint64, int) {
	if len(b)-i < 8 {
		return 0, ^i
	}
	return binary.LittleEndian.Uint64(b[i:]), i + 8
}

// Float32 reads a float.
func Float32(b []byte, i int) (float32, int) {
	v, i := Fixed32(b, i)
	return math.Float32frombits(v), i
}

// Float64 reads a double.
func Float64(b []byte, i int) (float64, int) {
	v, i := Fixed64(b, i)
	return math.Float64frombits(v), i
}

// Blob reads a length and that many bytes, which stay in b. The slice's
// capacity ends with it, so that appending to it leaves the frame alone.
func Blob(b []byte, i int) ([]byte, int) {
	n, j := Varint(b, i)
	if j < 0 || n > uint64(len(b)-j) {
		return nil, ^i
	}
	end := j + int(n)
	return b[j:end:end], end
}

// Text reads a string, which stays in b, whatever its bytes are.
func Text(b []byte, i int) (string, int) {
	n, j := Varint(b, i)
	if j < 0 || n > uint64(len(b)-j) {
		return "", ^i
	}
	return unsafe.String(unsafe.SliceData(b[j:]), int(n)), j + int(n)
}

// TextUTF8 reads a string that must be valid UTF-8.
func TextUTF8(b []byte, i int) (string, int) {
	s, j := Text(b, i)
	if j >= 0 && !utf8.ValidString(s) {
		return "", ^i
	}
	return s, j
}
