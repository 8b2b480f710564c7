package kdump

import "encoding/binary"

const (
	adlerBase = 65521
	// adlerWords is how many words fit before the sums of sums pass 16 bits:
	// 255·(0+1+…+22) = 64515.
	adlerWords = 23

	evenBytes = 0x00ff00ff00ff00ff
)

// adler32 is the checksum of zlib (RFC 1950). It adds up words, in lanes of 16 bits:
// half of them for the even bytes of a word, half for the odd ones.
func adler32(p []byte) uint32 {
	a, b := uint64(1), uint64(0)
	for len(p) >= 8 {
		words := min(len(p)/8, adlerWords)
		var even, odd, evens, odds uint64 // the lanes' sums, and the sums of these before each word
		for range words {
			w := binary.LittleEndian.Uint64(p)
			p = p[8:]
			evens += even
			odds += odd
			even += w & evenBytes
			odd += w >> 8 & evenBytes
		}
		b += uint64(words)*8*a + 8*(lanes(evens)+lanes(odds))
		// The first byte of a word counts eight times, the last once.
		b += weighted(even, 8) + weighted(odd, 7)
		a += lanes(even) + lanes(odd)
	}
	for _, c := range p {
		a += uint64(c)
		b += a
	}
	return uint32(b%adlerBase)<<16 | uint32(a%adlerBase)
}

// lanes adds up the lanes of a word.
func lanes(w uint64) uint64 {
	return w&0xffff + w>>16&0xffff + w>>32&0xffff + w>>48
}

// weighted adds up the lanes of a word, the lowest first times, each after it two
// times less.
func weighted(w, first uint64) uint64 {
	return w&0xffff*first + w>>16&0xffff*(first-2) + w>>32&0xffff*(first-4) + w>>48*(first-6)
}
