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
	n := (bits.Len64(v) + 6) / 7
	to := b[len(b) : len(b)+n]
	if n > 8 {
		binary.LittleEndian.PutUint64(to, stretch(v)|goesOn)
		if to[8] = byte(v >> 56); n > 9 {
			to[8] |= 0x80
			to[9] = 1
		}
		return b[:len(b)+n]
	}
	x := stretch(v) | goesOn&(1<<(uint(n-1)*8&63)-1)
	if n >= 4 {
		binary.LittleEndian.PutUint32(to, uint32(x))
		binary.LittleEndian.PutUint32(to[n-4:], uint32(x>>(uint(n-4)*8&63)))
	} else {
		to[0] = byte(x)
		binary.LittleEndian.PutUint16(to[n-2:], uint16(x>>(uint(n-2)*8&63)))
	}
	return b[:len(b)+n]
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
