package row

import "unsafe"

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
