package row

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// appendVarint appends a varint of as few bytes as will do. Nothing is written
// behind them, where the caller of Append may have something.
func appendVarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return appendLong(b, v)
}

// appendLong appends a varint of more than one byte, by two stores that may
// overlap.
func appendLong(b []byte, v uint64) []byte {
	if cap(b)-len(b) < binary.MaxVarintLen64 {
		b = slices.Grow(b, binary.MaxVarintLen64)
	}
	x, n := sevens(v)
	to := b[len(b) : len(b)+n]
	switch {
	case n > 8:
		binary.LittleEndian.PutUint64(to, x)
		if to[8] = byte(v >> 56); n > 9 {
			to[8] |= 0x80
			to[9] = 1
		}
	case n > 3:
		binary.LittleEndian.PutUint32(to, uint32(x))
		binary.LittleEndian.PutUint32(to[n-4:], uint32(x>>(uint(n-4)*8&63)))
	default:
		binary.LittleEndian.PutUint16(to, uint16(x))
		to[n-1] = byte(x >> (uint(n-1) * 8 & 63))
	}
	return b[:len(b)+n]
}

// sevens returns the first eight bytes of a varint of more than one, and how many
// it has.
func sevens(v uint64) (x uint64, n int) {
	n = (bits.Len64(v)*9 + 64) >> 6
	return (stretch(v) | goesOn) ^ 0x80<<uint(n*8-8), n
}

// stretch moves 56 bits apart into eight bytes of seven: what squeeze undoes.
func stretch(x uint64) uint64 {
	x = x&0x0fffffff | x<<4&0x0fffffff00000000
	x = x&0x00003fff00003fff | x<<2&0x3fff00003fff0000
	return x&0x007f007f007f007f | x<<1&0x7f007f007f007f00
}

// appendZigzag32 appends a sint32.
func appendZigzag32(b []byte, v int32) []byte {
	return appendVarint(b, uint64(uint32(v<<1)^uint32(v>>31)))
}

// appendZigzag64 appends a sint64.
func appendZigzag64(b []byte, v int64) []byte {
	return appendVarint(b, uint64(v<<1)^uint64(v>>63))
}
