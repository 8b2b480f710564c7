package row

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unsafe"
)

// append appends the encoding of the struct at m, in the order of the fields'
// numbers, as Google's encoders do.
func (l *layout) append(b []byte, m unsafe.Pointer) []byte {
	var has uint64
	if l.words > 0 {
		has = *(*uint64)(unsafe.Add(m, l.has))
	}
	for _, s := range l.sorted {
		at := unsafe.Add(m, s.offset)
		switch {
		case s.op >= opNested:
			b = s.appendPart(b, at)
			continue
		case s.wire&Implicit != 0:
			if s.isZero(at) {
				continue
			}
		case s.word == 0:
			if has&s.has == 0 {
				continue
			}
		case *l.presenceWord(m, s)&s.has == 0:
			continue
		}
		var v uint64
		switch s.op {
		case opVarint64:
			v = *(*uint64)(at)
		case opVarint32:
			if v = uint64(*(*uint32)(at)); s.kind != Uint {
				v = uint64(int32(v))
			}
		case opText, opTextUTF8, opBlob:
			v = uint64((*textHeader)(at).length)
		default:
			b = s.appendPlain(s.appendTag(b), at)
			continue
		}
		switch {
		case s.length > 1:
			b = appendVarint(s.appendTag(b), v)
		case v < 0x80:
			b = append(b, byte(s.tag), byte(v))
		default:
			b = appendLong(append(b, byte(s.tag)), v)
		}
		if s.op > opZigzag32 {
			b = append(b, unsafe.Slice((*byte)((*textHeader)(at).data), int(v))...)
		}
	}
	return b
}

// appendTag appends a slot's tag.
func (s *slot) appendTag(b []byte) []byte {
	if s.length == 1 {
		return append(b, byte(s.tag))
	}
	return append(b, unsafe.Slice((*byte)(unsafe.Pointer(&s.tagBytes)), s.length)...)
}

// isZero reports whether a field of implicit presence is left out.
func (s *slot) isZero(at unsafe.Pointer) bool {
	switch s.op {
	case opText, opTextUTF8, opBlob:
		return (*textHeader)(at).length == 0
	case opBool:
		return !*(*bool)(at)
	}
	if s.op.size() == 8 {
		return *(*uint64)(at) == 0
	}
	return *(*uint32)(at) == 0
}

// appendPlain appends a value that is no part.
func (s *slot) appendPlain(b []byte, at unsafe.Pointer) []byte {
	switch s.op {
	case opVarint64:
		return appendVarint(b, *(*uint64)(at))
	case opVarint32:
		if s.kind == Uint {
			return appendVarint(b, uint64(*(*uint32)(at)))
		}
		return appendVarint(b, uint64(*(*int32)(at)))
	case opBool:
		return append(b, *(*byte)(at))
	case opZigzag64:
		return appendZigzag64(b, *(*int64)(at))
	case opZigzag32:
		return appendZigzag32(b, *(*int32)(at))
	case opFixed64:
		return binary.LittleEndian.AppendUint64(b, *(*uint64)(at))
	case opFixed32:
		return binary.LittleEndian.AppendUint32(b, *(*uint32)(at))
	case opTime:
		return appendTimestamp(b, *(*Timestamp)(at))
	}
	text := unsafe.String((*byte)((*textHeader)(at).data), (*textHeader)(at).length)
	return append(appendVarint(b, uint64(len(text))), text...)
}

// appendPart appends a message, a list or a map.
func (s *slot) appendPart(b []byte, at unsafe.Pointer) []byte {
	switch s.op {
	case opList:
		return s.appendList(b, (*sliceHeader)(at))
	case opPacked:
		return s.appendPacked(b, (*sliceHeader)(at))
	case opMap:
		return s.appendMap(b, at)
	}
	if m := *(*unsafe.Pointer)(at); m != nil {
		b = s.appendMessage(s.appendTag(b), m)
	}
	return b
}

// appendMessage appends a message behind its tag: its length and content, or its
// content and the tag that ends a group.
func (s *slot) appendMessage(b []byte, m unsafe.Pointer) []byte {
	if s.op == opGroup {
		b = s.part.sub.append(b, m)
		return appendVarint(b, uint64(s.number)<<3|wireEndGroup)
	}
	b, start := openLength(b)
	return closeLength(s.part.sub.append(b, m), start)
}

// openLength leaves room for the length of what is appended next, and closeLength
// puts it there. Most are short; for the length of one that is not the content is
// moved.
func openLength(b []byte) ([]byte, int) { return append(b, 0), len(b) + 1 }

func closeLength(b []byte, start int) []byte {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(b)-start))
	if n > 1 {
		b = append(b, length[:n-1]...)
		copy(b[start+n-1:], b[start:])
	}
	copy(b[start-1:], length[:n])
	return b
}

func (s *slot) appendList(b []byte, list *sliceHeader) []byte {
	element, size := s.part.element, s.part.size
	for i := range list.length {
		b = s.appendTag(b)
		at := unsafe.Add(list.data, uintptr(i)*size)
		if element.part != nil {
			b = element.appendMessage(b, at)
		} else {
			b = element.appendPlain(b, at)
		}
	}
	return b
}

func (s *slot) appendPacked(b []byte, list *sliceHeader) []byte {
	if list.length == 0 {
		return b
	}
	element := s.part.element
	b, start := openLength(s.appendTag(b))
	for i := range list.length {
		b = element.appendPlain(b, unsafe.Add(list.data, i*element.op.size()))
	}
	return closeLength(b, start)
}

// appendMap appends the entries, sorted by their keys, so that equal rows have
// equal encodings.
func (s *slot) appendMap(b []byte, at unsafe.Pointer) []byte {
	p := s.part
	type entry struct{ key, value cell }
	sorted := make([]entry, 0, p.entries.length(at))
	p.entries.each(p, at, func(key, value cell) { sorted = append(sorted, entry{key, value}) })
	slices.SortFunc(sorted, func(a, b entry) int { return p.key.compare(&a.key, &b.key) })
	for i := range sorted {
		e := &sorted[i]
		var start int
		b, start = openLength(s.appendTag(b))
		b = p.key.appendPlain(p.key.appendTag(b), p.key.at(&e.key))
		switch {
		case p.value.part == nil:
			b = p.value.appendPlain(p.value.appendTag(b), p.value.at(&e.value))
		case e.value.text.data != nil:
			b = p.value.appendMessage(p.value.appendTag(b), e.value.text.data)
		}
		b = closeLength(b, start)
	}
	return b
}

// compare orders two keys of a map.
func (s *slot) compare(a, b *cell) int {
	x, y := s.at(a), s.at(b)
	switch {
	case s.kind == String:
		return strings.Compare(*(*string)(x), *(*string)(y))
	case s.kind == Bool:
		return cmp.Compare(*(*byte)(x), *(*byte)(y))
	case s.kind == Int && s.op.size() == 8:
		return cmp.Compare(*(*int64)(x), *(*int64)(y))
	case s.kind == Int:
		return cmp.Compare(*(*int32)(x), *(*int32)(y))
	case s.op.size() == 8:
		return cmp.Compare(*(*uint64)(x), *(*uint64)(y))
	}
	return cmp.Compare(*(*uint32)(x), *(*uint32)(y))
}
