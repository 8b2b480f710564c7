package message

import (
	"bytes"
	"math/rand/v2"
	"slices"
)

// Mutate returns a message with some bytes changed, taken away, added, moved or
// taken from another message.
func Mutate(r *rand.Rand, message, other []byte) []byte {
	b := bytes.Clone(message)
	for n := 0; n == 0 || r.IntN(3) == 0; n++ {
		if len(b) == 0 {
			return bytes.Clone(other)
		}
		at := r.IntN(len(b))
		to := min(at+1+r.IntN(12), len(b))
		switch r.IntN(9) {
		case 0:
			b[at] = byte(r.Uint32())
		case 1:
			b[at] ^= 1 << r.IntN(8)
		case 2:
			b = slices.Delete(b, at, to)
		case 3:
			b = slices.Insert(b, at, byte(r.Uint32()))
		case 4:
			b = slices.Insert(b, at, bytes.Clone(b[at:to])...)
		case 5:
			b = b[:at]
		case 6:
			if len(other) > 0 {
				from := r.IntN(len(other))
				b = slices.Insert(b, at, other[from:min(from+1+r.IntN(30), len(other))]...)
			}
		case 7:
			b[at] |= 0x80
		case 8: // a group's edge, or a field that nobody has
			b = slices.Insert(b, at, []byte{0x0b, 0x0c, 0x13, 0x14, 0x07, 0x0e, 0x00, 0x78}[r.IntN(8)])
		}
	}
	return b
}
