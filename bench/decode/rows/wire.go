// Package rows has the rows that are measured as plain structs, a decoder and an
// encoder written by hand for each, the data set, and the sums by which all peers
// are held to have read the same.
//
// The decoders are the yardstick: what one gets who writes them for one message,
// with the same checks as generated code has: bounds, UTF-8 where the schema asks
// for it, any order of the fields, fields that are not known.
package rows

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// varint reads a number at i and returns it and the index behind it, negative
// where there is none: eight bytes at once where there are ten.
func varint(b []byte, i int) (uint64, int) {
	if len(b)-i < 10 {
		return narrow(b, i)
	}
	p := b[i : i+10]
	if p[0] < 0x80 {
		return uint64(p[0]), i + 1
	}
	x := binary.LittleEndian.Uint64(p)
	stop := ^x & 0x8080808080808080
	x &= stop ^ (stop - 1)
	x &= 0x7f7f7f7f7f7f7f7f
	x = x&0x7f007f007f007f00>>1 | x&0x007f007f007f007f
	x = x&0x3fff00003fff0000>>2 | x&0x00003fff00003fff
	x = x&0x0fffffff00000000>>4 | x&0x000000000fffffff
	if stop != 0 {
		return x, i + bits.TrailingZeros64(stop)>>3 + 1
	}
	x |= uint64(p[8]&0x7f) << 56
	if p[8] < 0x80 {
		return x, i + 9
	}
	if p[9] > 1 {
		return 0, -1
	}
	return x | uint64(p[9])<<63, i + 10
}

// narrow reads near the end.
//
//go:noinline
func narrow(b []byte, i int) (uint64, int) {
	var v uint64
	for shift := uint(0); uint(i) < uint(len(b)) && shift < 64; shift += 7 {
		c := b[i]
		i++
		if c < 0x80 {
			if shift == 63 && c > 1 {
				break
			}
			return v | uint64(c)<<shift, i
		}
		v |= uint64(c&0x7f) << shift
	}
	return 0, -1
}

// span reads a length, which mostly has one byte, and returns where what it counts
// begins and ends.
func span(b []byte, i int) (from, to int) {
	var n uint64
	if uint(i) < uint(len(b)) && b[i] < 0x80 {
		n, i = uint64(b[i]), i+1
	} else if n, i = varint(b, i); i < 0 {
		return 0, -1
	}
	if n > uint64(len(b)-i) {
		return 0, -1
	}
	return i, i + int(n)
}

// text reads a string, which stays in b.
func text(b []byte, i int) (string, int) {
	from, to := span(b, i)
	if to < 0 {
		return "", -1
	}
	return unsafe.String(unsafe.SliceData(b[from:]), to-from), to
}

// textUTF8 reads a string that has to be UTF-8.
func textUTF8(b []byte, i int) (string, int) {
	from, to := span(b, i)
	if to < 0 || !ascii(b, from, to) && !utf8.Valid(b[from:to]) {
		return "", -1
	}
	return unsafe.String(unsafe.SliceData(b[from:]), to-from), to
}

// blob reads bytes, which stay in b.
func blob(b []byte, i int) ([]byte, int) {
	from, to := span(b, i)
	if to < 0 {
		return nil, -1
	}
	return b[from:to:to], to
}

// ascii tells of b[i:end] eight bytes at a time, the last of which may lie over
// bytes that were seen already, or, of a short string, behind it.
func ascii(b []byte, i, end int) bool {
	const high = 0x8080808080808080
	var seen uint64
	if end-i < 8 {
		if i+8 > len(b) {
			for ; i < end; i++ {
				seen |= uint64(b[i])
			}
			return seen&0x80 == 0
		}
		return binary.LittleEndian.Uint64(b[i:])&(high&(1<<(8*(end-i))-1)) == 0
	}
	for ; i < end-8; i += 8 {
		seen |= binary.LittleEndian.Uint64(b[i:])
	}
	return (seen|binary.LittleEndian.Uint64(b[end-8:]))&high == 0
}

func fixed32(b []byte, i int) (uint32, int) {
	if len(b)-i < 4 {
		return 0, -1
	}
	return binary.LittleEndian.Uint32(b[i:]), i + 4
}

func fixed64(b []byte, i int) (uint64, int) {
	if len(b)-i < 8 {
		return 0, -1
	}
	return binary.LittleEndian.Uint64(b[i:]), i + 8
}

// unknown moves over a field that the decoder does not know. The data set has
// none, and groups are refused.
func unknown(b []byte, i int) int {
	tag, i := varint(b, i)
	if i < 0 || tag>>3 == 0 || tag>>32 != 0 {
		return -1
	}
	switch tag & 7 {
	case 0:
		_, i = varint(b, i)
	case 1:
		_, i = fixed64(b, i)
	case 2:
		_, i = blob(b, i)
	case 5:
		_, i = fixed32(b, i)
	default:
		return -1
	}
	return i
}

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendText(b []byte, s string) []byte {
	return append(appendVarint(b, uint64(len(s))), s...)
}

func appendBlob(b, v []byte) []byte {
	return append(appendVarint(b, uint64(len(v))), v...)
}

func zigzag32(v int32) uint64   { return uint64(uint32(v<<1) ^ uint32(v>>31)) }
func zigzag64(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag32(v uint64) int32 { return int32(uint32(v)>>1) ^ -int32(v&1) }
func unzigzag64(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
