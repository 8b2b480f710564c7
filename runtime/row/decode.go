package row

import (
	"math/bits"
	"unsafe"
)

// maxDepth is how many messages and groups may lie in one another below a row's
// own: the limit of protobuf's own runtimes. Entries of maps are messages.
const maxDepth = 100

// decoder is what decoding one frame needs at every level of it.
type decoder struct {
	base unsafe.Pointer
	size int
	// depth is how many messages lie around the place that is read.
	depth   int
	unknown int
	// incomplete says that some message may lack a required field: one that comes
	// in two pieces may have it in the other.
	incomplete bool
}

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

// decodeRow sets the struct at m from a frame.
func (l *layout) decodeRow(m unsafe.Pointer, frame []byte) error {
	d := decoder{base: unsafe.Pointer(unsafe.SliceData(frame)), size: len(frame)}
	if l.decode(&d, m, 0, d.size, 0, true) < 0 {
		l.reset(m)
		return l.malformed(frame)
	}
	if d.incomplete {
		if field := l.missing(m); field != "" {
			l.reset(m)
			return &DecodeError{l.message.FullName, field, len(frame), ErrRequired}
		}
	}
	return nil
}

// decode reads the message between i and end, or up to the tag until if that is
// not 0, into the struct at m, and returns the index behind it, or -1. A fresh
// message loses what it held; else what is read is merged with that.
//
// What the loop knows of the message it has from slots, one a field, each of which
// names the one to expect next: encoders write fields in order. Eight bytes are
// loaded at once and hold the tag and, mostly, the whole number behind it. Whether
// a number ends behind the message is seen when the loop ends, since loads beyond
// the frame give zeros.
func (l *layout) decode(d *decoder, m unsafe.Pointer, i, end int, until uint32, fresh bool) int {
	base, size := d.base, d.size
	unknown := d.unknown
	var seen, has uint64
	if !fresh {
		seen = ^uint64(0)
		if l.words > 0 {
			has = *(*uint64)(unsafe.Add(m, l.has))
		}
	} else if l.late != nil {
		l.clearLate(m)
	}
	f := &l.slots[0]
	for i < end {
		var x uint64
		if i <= size-8 {
			x = load64(base, i)
		} else {
			x = loadTail(base, i, size)
		}
		if x&f.mask != f.tag {
			tag, j := tagAt(base, i, size)
			if j < 0 {
				return -1
			}
			if tag == until && until != 0 {
				return l.finish(d, m, j, seen, has, unknown, fresh)
			}
			s := l.lookup(tag)
			if s == nil {
				if i = d.skip(j, end, tag); i < 0 {
					return -1
				}
				continue
			}
			f, i = s, j
			x = peek(base, i, size)
		} else {
			i += int(f.shift >> 3)
			x >>= f.shift & 63
		}
		at := unsafe.Add(m, f.offset)
		if f.rare {
			has &^= l.before(m, f)
		}
		switch f.op {
		case opVarint64, opVarint32, opBool, opZigzag64, opZigzag32:
			var v uint64
			if x&0x80 == 0 {
				v = x & 0x7f
				i++
			} else if x&0x8000 == 0 {
				v = x&0x7f | x>>1&0x3f80
				i += 2
			} else {
				if i <= size-8 {
					x = load64(base, i)
				} else {
					x = loadTail(base, i, size)
				}
				if stop := ^x & goesOn; stop != 0 {
					v = squeeze(x & (stop ^ (stop - 1)))
					i += (bits.TrailingZeros64(stop) + 1) >> 3
				} else if v, i = varintLong(base, i, size, x); i < 0 {
					return -1
				}
			}
			switch f.op {
			case opVarint64:
				*(*uint64)(at) = v
			case opVarint32:
				*(*uint32)(at) = uint32(v)
			case opBool:
				*(*bool)(at) = v != 0
			case opZigzag64:
				*(*int64)(at) = unzigzag64(v)
			default:
				*(*int32)(at) = unzigzag32(v)
			}
		case opText, opBlob, opTextUTF8:
			n := uint64(x & 0x7f)
			if x&0x80 == 0 {
				i++
			} else if n, i = varintAt(base, i, size); i < 0 {
				return -1
			}
			if i > end || n > uint64(end-i) {
				return -1
			}
			// An empty text must not point behind the frame.
			data := base
			if n > 0 {
				data = unsafe.Add(base, i)
			}
			if f.op == opBlob {
				*(*sliceHeader)(at) = sliceHeader{data, int(n), int(n)}
			} else {
				*(*textHeader)(at) = textHeader{data, int(n)}
				if f.op == opTextUTF8 && !validText(at) {
					return -1
				}
			}
			i += int(n)
		case opFixed64:
			if end-i < 8 {
				return -1
			}
			*(*uint64)(at) = load64(base, i)
			i += 8
		case opFixed32:
			if end-i < 4 {
				return -1
			}
			*(*uint32)(at) = load32(base, i)
			i += 4
		default:
			if i = l.decodePart(d, m, f, i, end, f.seen&^seen != 0); i < 0 {
				return -1
			}
		}
		seen |= f.seen
		has |= f.has
		f = f.next
	}
	if i > end || until != 0 {
		return -1
	}
	return l.finish(d, m, i, seen, has, unknown, fresh)
}

// finish empties the fields that a message does not have, and writes what was
// gathered beside the fields. It returns i.
func (l *layout) finish(d *decoder, m unsafe.Pointer, i int, seen, has uint64, unknown int, fresh bool) int {
	if missing := l.bits &^ seen; missing != 0 {
		l.clear(m, missing)
	}
	count := (*int)(unsafe.Add(m, l.unknown))
	if fresh {
		*count = 0
	}
	*count += d.unknown - unknown
	if l.words > 0 {
		*(*uint64)(unsafe.Add(m, l.has)) = has
	}
	if l.anyRequired && !d.incomplete {
		d.incomplete = l.lacks(m)
	}
	return i
}

// before does what is rarely to be done before a field is read: it sets a
// presence bit beyond the first word, and empties the other members of a oneof,
// whose presence bits in the first word it returns.
func (l *layout) before(m unsafe.Pointer, f *slot) uint64 {
	if f.word > 0 {
		*l.presenceWord(m, f) |= f.far
	}
	if f.part == nil {
		return 0
	}
	for _, other := range f.part.members {
		other.clear(m)
		if other.word > 0 {
			*l.presenceWord(m, other) &^= other.far
		}
	}
	return f.others
}

func (l *layout) presenceWord(m unsafe.Pointer, f *slot) *uint64 {
	return (*uint64)(unsafe.Add(m, l.has+8*uintptr(f.word)))
}

// skip passes over the value at i, which the schema does not have.
func (d *decoder) skip(i, end int, tag uint32) int {
	d.unknown++
	if tag < 1<<3 {
		return -1
	}
	j, err := skip(unsafe.Slice((*byte)(d.base), end), i, uint64(tag), d.depth)
	if err != nil {
		return -1
	}
	return j
}
