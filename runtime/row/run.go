package row

import (
	"math/bits"
	"unsafe"
)

// textHeader and sliceHeader are how Go lays out a string and a slice. What is
// made of them is not checked again.
type textHeader struct {
	data   unsafe.Pointer
	length int
}

type sliceHeader struct {
	data        unsafe.Pointer
	length, cap int
}

// progress is how far the reading of one message has come.
type progress struct {
	i int
	// f is the slot to expect next.
	f *slot
	// seen has the bits of the fields that were there.
	seen uint64
}

// run reads fields for as long as each is of a kind that is plain and frequent, and
// stops before one that is not, or one of which something is wrong.
//
// Eight bytes are loaded at once and hold the tag and, mostly, the whole number
// behind it. Near the frame's end zeros take the place of what is not there; so a
// number that is cut ends behind the message, which the caller sees. There are no
// calls in the loop, since Go keeps nothing in registers over a call.
func (l *layout) run(base unsafe.Pointer, size int, m unsafe.Pointer, p progress, end int) progress {
	last := size - 8
	i, f, seen := p.i, p.f, p.seen
	for i < end {
		var x uint64
		if i <= last {
			x = load64(base, i)
		} else {
			x = load64(base, last) >> (uint(i-last) * 8 & 63)
		}
		if x&f.mask != f.tag {
			tag := x & 0x7f
			if x&0x80 != 0 {
				tag |= x >> 1 & 0x3f80
				if x&0x8000 != 0 {
					break
				}
			}
			if tag >= uint64(len(l.tags)) || l.tags[tag] == nil {
				break
			}
			if f = l.tags[tag]; x&f.mask != f.tag {
				break
			}
		}
		x >>= f.shift & 63
		j := i + int(f.length)
		at := unsafe.Add(m, f.offset)
		var v uint64
		if f.hot <= opBlob {
			if x&0x80 == 0 {
				v = x & 0x7f
				j++
			} else {
				if j <= last {
					x = load64(base, j)
				} else {
					x = load64(base, last) >> (uint(j-last) * 8 & 63)
				}
				stop := ^x & goesOn
				if stop != 0 {
					x &= stop ^ (stop - 1)
					j += (bits.TrailingZeros64(stop) + 1) >> 3
				}
				v = squeeze(x)
				if stop == 0 {
					if j > last-2 {
						break
					}
					y := load16(base, j+8)
					v |= y & 0x7f << 56
					j += 9
					if y&0x80 != 0 {
						if y >= 0x200 {
							break
						}
						v |= y >> 8 << 63
						j++
					}
				}
			}
		}
		switch f.hot {
		case opVarint64:
			*(*uint64)(at) = v
		case opVarint32:
			*(*uint32)(at) = uint32(v)
		case opBool:
			*(*bool)(at) = v != 0
		case opZigzag64:
			*(*int64)(at) = unzigzag64(v)
		case opZigzag32:
			*(*int32)(at) = unzigzag32(v)
		case opText, opTextUTF8, opBlob:
			if j > end || v > uint64(end-j) {
				return progress{i, f, seen}
			}
			// An empty text must not point behind the frame.
			data := base
			if v > 0 {
				data = unsafe.Add(base, j)
			}
			switch f.hot {
			case opText:
				*(*textHeader)(at) = textHeader{data, int(v)}
			case opBlob:
				*(*sliceHeader)(at) = sliceHeader{data, int(v), int(v)}
			default:
				if !isASCII(data, int(v)) {
					return progress{i, f, seen}
				}
				*(*textHeader)(at) = textHeader{data, int(v)}
			}
			j += int(v)
		case opFixed64:
			if end-j < 8 {
				return progress{i, f, seen}
			}
			*(*uint64)(at) = load64(base, j)
			j += 8
		case opFixed32:
			if end-j < 4 {
				return progress{i, f, seen}
			}
			*(*uint32)(at) = load32(base, j)
			j += 4
		default:
			return progress{i, f, seen}
		}
		i = j
		seen |= f.seen
		f = f.next
	}
	return progress{i, f, seen}
}
