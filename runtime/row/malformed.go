package row

import (
	"strconv"
	"unicode/utf8"
)

// finder finds what made a decoder give up. It walks the frame again, slowly, and
// looks at everything; only then do names and reasons matter.
type finder struct {
	frame []byte
	// field, offset and err are what was found.
	field  string
	offset int
	err    error
}

// malformed returns the error for a frame that could not be decoded.
func (l *layout) malformed(frame []byte) error {
	f := &finder{frame: frame}
	if f.message(l, 0, len(frame), 0, 0); f.err == nil {
		f.offset, f.err = len(frame), ErrTruncated
	}
	return &DecodeError{l.message.FullName, f.field, f.offset, f.err}
}

// fail notes what is wrong at a place, and returns -1.
func (f *finder) fail(at int, err error) int {
	f.offset, f.err = at, err
	return -1
}

// message walks the message between i and end, or up to the tag until if that is
// not 0, and returns the index behind it, or -1.
func (f *finder) message(l *layout, i, end int, until uint64, depth int) int {
	if depth > maxDepth {
		return f.fail(i, ErrNesting)
	}
	start := i
	for i < end {
		tag, j, err := readTag(f.frame[:end], i)
		if err != nil && j < 0 {
			return f.fail(i, err)
		}
		if tag == until && until != 0 {
			return j
		}
		s := l.lookup(uint32(tag))
		if err != nil || s == nil {
			s = nil
			if err == nil {
				i, err = skip(f.frame[:end], j, tag, depth)
			}
			if err != nil {
				f.fail(j, err)
			}
		} else {
			i = f.value(s, j, end, depth)
		}
		if f.err != nil {
			f.field = l.fieldName(tag>>3) + f.field
			return -1
		}
	}
	if until != 0 {
		return f.fail(start, ErrTruncated)
	}
	return i
}

// fieldName is the name of a number's field, or the number.
func (l *layout) fieldName(number uint64) string {
	for _, field := range l.message.Fields {
		if uint64(field.Number) == number {
			return field.Name
		}
	}
	return strconv.FormatUint(number, 10)
}

// value walks a value of a known field.
func (f *finder) value(s *slot, i, end, depth int) int {
	b := f.frame[:end]
	element := s
	if s.op == opList {
		element = s.part.element
	}
	if element.op == opGroup {
		return f.nested(element, i, end, uint64(s.number)<<3|wireEndGroup, depth)
	}
	after, err := skip(b, i, element.op.wireType(), depth)
	if err != nil {
		return f.fail(i, err)
	}
	if element.op.wireType() != wireBytes {
		return after
	}
	_, body := varint(b, i)
	switch element.op {
	case opTextUTF8:
		if !utf8.Valid(b[body:after]) {
			return f.fail(i, ErrUTF8)
		}
	case opTime:
		return f.time(i, body, after, depth+1)
	case opNested:
		return f.nested(element, body, after, 0, depth)
	case opPacked:
		return f.packed(element.part.element.op, i, body, after)
	case opMap:
		return f.entry(element.part, body, after, depth+1)
	}
	return after
}

// nested walks a message in a field, whose name comes before a dot.
func (f *finder) nested(s *slot, i, end int, until uint64, depth int) int {
	after := f.message(s.part.sub, i, end, until, depth+1)
	if f.err != nil && f.field != "" {
		f.field = "." + f.field
	}
	return after
}

// time walks a Timestamp, whose field's value starts at i.
func (f *finder) time(i, body, end, depth int) int {
	if depth > maxDepth {
		return f.fail(i, ErrNesting)
	}
	for at := body; at < end; {
		tag, j, err := readTag(f.frame[:end], at)
		if err == nil {
			at, err = skip(f.frame[:end], j, tag, depth)
		}
		if err != nil {
			return f.fail(i, ErrTimestamp)
		}
	}
	return end
}

// packed walks numbers in one piece, whose field's value starts at i.
func (f *finder) packed(o op, i, body, end int) int {
	for at := body; at < end; {
		after, err := skip(f.frame[:end], at, o.wireType(), 0)
		if err != nil {
			return f.fail(at, err)
		}
		at = after
	}
	return end
}

// entry walks an entry of a map.
func (f *finder) entry(p *part, i, end, depth int) int {
	if depth > maxDepth {
		return f.fail(i, ErrNesting)
	}
	for i < end {
		tag, j, err := readTag(f.frame[:end], i)
		if err != nil && j < 0 {
			return f.fail(i, err)
		}
		switch {
		case err != nil:
		case tag == p.key.tag:
			i = f.value(p.key, j, end, depth)
		case tag == p.value.tag:
			i = f.value(p.value, j, end, depth)
		default:
			i, err = skip(f.frame[:end], j, tag, depth)
		}
		if err != nil {
			f.fail(j, err)
		}
		if f.err != nil {
			return -1
		}
	}
	return i
}
