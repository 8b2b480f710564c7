package row

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// goesOn are the bits by which the bytes of a varint say that it goes on.
const goesOn = 0x8080808080808080

// load16, load32 and load64 read bytes that the caller knows to be there. They
// compile to one instruction where the machine allows it.

func load16(base unsafe.Pointer, i int) uint64 {
	return uint64(binary.LittleEndian.Uint16((*[2]byte)(unsafe.Add(base, i))[:]))
}

func load32(base unsafe.Pointer, i int) uint32 {
	return binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(base, i))[:])
}

func load64(base unsafe.Pointer, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(base, i))[:])
}

// peek returns the eight bytes at i, with zeros for those that lie behind size.
func peek(base unsafe.Pointer, i, size int) uint64 {
	if i <= size-8 {
		return load64(base, i)
	}
	return loadTail(base, i, size)
}

// loadTail is peek where less than eight bytes are left, or none. Zeros end a varint, so that one that is cut ends behind
// the last byte, which is how decoders see it.
func loadTail(base unsafe.Pointer, i, size int) uint64 {
	left := size - i
	if left <= 0 {
		return 0
	}
	if size >= 8 {
		return load64(base, size-8) >> (uint(8-left) * 8 & 63)
	}
	var x uint64
	for k := range left {
		x |= uint64(*(*byte)(unsafe.Add(base, i+k))) << (uint(k) * 8)
	}
	return x
}

// isASCII reports whether n bytes are all below 0x80.
func isASCII(data unsafe.Pointer, n int) bool {
	var all uint64
	if n >= 8 {
		for k := 0; k < n-8; k += 8 {
			all |= load64(data, k)
		}
		return (all|load64(data, n-8))&goesOn == 0
	}
	for k := range n {
		all |= uint64(*(*byte)(unsafe.Add(data, k)))
	}
	return all&goesOn == 0
}

// squeeze takes the top bit out of each of eight bytes and moves the rest
// together.
func squeeze(x uint64) uint64 {
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	return x&0x0fffffff | x&0x0fffffff00000000>>4
}

// varintAt reads a varint of any length, and returns the index behind it; that is
// negative for one of more than 64 bits, and above size for one that is cut.
func varintAt(base unsafe.Pointer, i, size int) (uint64, int) {
	if i < size {
		if c := *(*byte)(unsafe.Add(base, i)); c < 0x80 {
			return uint64(c), i + 1
		}
	}
	x := peek(base, i, size)
	if end := ^x & goesOn; end != 0 {
		return squeeze(x & (end ^ (end - 1))), i + (bits.TrailingZeros64(end)+1)>>3
	}
	return varintLong(base, i, size, x)
}

// varintLong reads a varint whose first eight bytes, x, go on.
func varintLong(base unsafe.Pointer, i, size int, x uint64) (uint64, int) {
	y := peek(base, i+8, size)
	v := squeeze(x) | y&0x7f<<56
	if y&0x80 == 0 {
		return v, i + 9
	}
	if y&0xff00 > 0x100 {
		return 0, -1
	}
	return v | y>>8<<63, i + 10
}

// tagAt reads a tag, which has five bytes at most and 32 bits, and returns the
// index behind it, or a negative one.
func tagAt(base unsafe.Pointer, i, size int) (uint32, int) {
	tag, j := varintAt(base, i, size)
	if j < 0 || j > size || j-i > maxTag || tag>>32 != 0 {
		return 0, -1
	}
	return uint32(tag), j
}
