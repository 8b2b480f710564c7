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

// decode sets the struct at m from a frame.
func (c *codec) decode(m unsafe.Pointer, frame []byte) error {
	l := c.made.Load()
	if l == nil {
		l = c.layout()
	}
	base, size := unsafe.Pointer(unsafe.SliceData(frame)), len(frame)
	p := progress{f: &l.slots[0]}
	if l.late != nil {
		l.clearLate(m)
	}
	if size >= 8 {
		p = l.run(base, size, m, p, size)
		if p.i == size && !l.anyRequired {
			// Most rows need nothing else.
			*(*int)(unsafe.Add(m, l.unknown)) = 0
			if missing := l.bits &^ p.seen; missing != 0 {
				l.clear(m, missing)
			}
			if l.words > 0 {
				*(*uint64)(unsafe.Add(m, l.has)) = p.seen & l.presence
			}
			return nil
		}
	}
	return l.decodeRest(m, frame, p)
}

// decodeRest goes on where decode could not.
func (l *layout) decodeRest(m unsafe.Pointer, frame []byte, p progress) error {
	d := decoder{base: unsafe.Pointer(unsafe.SliceData(frame)), size: len(frame)}
	if l.parse(&d, m, p, d.size, 0) < 0 {
		l.reset(m)
		return l.malformed(frame)
	}
	*(*int)(unsafe.Add(m, l.unknown)) = d.unknown
	if d.incomplete {
		if field := l.missing(m); field != "" {
			l.reset(m)
			return &DecodeError{l.message.FullName, field, len(frame), ErrRequired}
		}
	}
	return nil
}

// progress is how far the reading of one message has come.
type progress struct {
	i int
	// f is the slot to expect next.
	f *slot
	// seen has the bits of the fields that were there.
	seen uint64
}

// decode reads the message between i and end, or up to the tag until if that is
// not 0, into the struct at m, and returns the index behind it, or -1. A fresh
// message loses what it held; else what is read is merged with that.
func (l *layout) decode(d *decoder, m unsafe.Pointer, i, end int, until uint32, fresh bool) int {
	unknown := (*int)(unsafe.Add(m, l.unknown))
	p := progress{i: i, f: &l.slots[0]}
	if fresh {
		*unknown = 0
		if l.late != nil {
			l.clearLate(m)
		}
	} else {
		p.seen = ^l.presence
		if l.words > 0 {
			p.seen |= *(*uint64)(unsafe.Add(m, l.has))
		}
	}
	if d.size >= 8 {
		p = l.run(d.base, d.size, m, p, end)
		if p.i == end && until == 0 && !l.anyRequired {
			l.finish(m, p.seen)
			return end
		}
	}
	before := d.unknown
	i = l.parse(d, m, p, end, until)
	*unknown += d.unknown - before
	return i
}

// parse reads the fields of a message. run reads what most are made of, and step
// each that is not so.
func (l *layout) parse(d *decoder, m unsafe.Pointer, p progress, end int, until uint32) int {
	for {
		if d.size >= 8 {
			p = l.run(d.base, d.size, m, p, end)
		}
		if p.i >= end {
			break
		}
		var ended bool
		if p, ended = l.step(d, m, p, end, until); p.i < 0 {
			return -1
		}
		if ended {
			until = 0
			break
		}
	}
	if p.i > end || until != 0 {
		return -1
	}
	l.finish(m, p.seen)
	if l.anyRequired && !d.incomplete {
		d.incomplete = l.lacks(m)
	}
	return p.i
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

// step reads one field, of any kind and encoding, or the tag until.
func (l *layout) step(d *decoder, m unsafe.Pointer, p progress, end int, until uint32) (_ progress, ended bool) {
	f, i := p.f, p.i
	if f.begins(d, i) {
		i += int(f.length)
	} else {
		var tag uint32
		if tag, i = tagAt(d.base, i, d.size); i < 0 {
			p.i = -1
			return p, false
		}
		if tag == until && until != 0 {
			p.i = i
			return p, true
		}
		if f = l.lookup(tag); f == nil {
			p.i = d.skip(i, end, tag)
			return p, false
		}
	}
	if f.rare {
		p.seen &^= l.before(m, f)
	}
	if f.isPlain() && f.op != opTime {
		p.i = d.plain(unsafe.Add(m, f.offset), f.op, i, end)
	} else {
		p.i = l.decodePart(d, m, f, i, end, f.seen&^p.seen != 0)
	}
	p.seen |= f.seen
	p.f = f.next
	return p, false
}

// begins reports whether the slot's tag, as it is written, is at i.
func (s *slot) begins(d *decoder, i int) bool { return peek(d.base, i, d.size)&s.mask == s.tag }

// finish empties the fields that a message does not have, and sets the presence
// bits.
func (l *layout) finish(m unsafe.Pointer, seen uint64) {
	if missing := l.bits &^ seen; missing != 0 {
		l.clear(m, missing)
	}
	if l.words > 0 {
		*(*uint64)(unsafe.Add(m, l.has)) = seen & l.presence
	}
}

// before does what is rarely to be done before a field is read: it sets a
// presence bit beyond the first word, and empties the other members of a oneof,
// whose seen bits it returns.
func (l *layout) before(m unsafe.Pointer, f *slot) uint64 {
	if f.word > 0 {
		*l.presenceWord(m, f) |= f.has
	}
	if f.part == nil {
		return 0
	}
	for _, other := range f.part.members {
		other.clear(m)
		if other.word > 0 {
			*l.presenceWord(m, other) &^= other.has
		}
	}
	return f.part.others
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
