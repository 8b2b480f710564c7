package row

import (
	"encoding/binary"
	"slices"
	"unsafe"
)

// append appends the encoding of the struct at m, in the order of the fields'
// numbers, as Google's encoders do.
func (l *layout) append(b []byte, m unsafe.Pointer) []byte {
	for k := 0; ; k++ {
		var end int
		if end, k = l.put(b, m, k); k == len(l.strokes) {
			return b[:end]
		}
		b = l.appendField(b[:end], m, l.sorted[k])
	}
}

// firstRoom is what is allocated where there is nothing to append to: enough for
// most rows, and little.
const firstRoom = 64

// appendField appends one field, if there is something to write.
func (l *layout) appendField(b []byte, m unsafe.Pointer, s *slot) []byte {
	at := unsafe.Add(m, s.offset)
	switch {
	case s.op >= opNested:
		return s.appendPart(b, at)
	case s.wire&Implicit != 0:
		if s.isZero(at) {
			return b
		}
	case *l.presenceWord(m, s)&s.has == 0:
		return b
	}
	if cap(b) == 0 {
		b = slices.Grow(b, firstRoom)
	}
	return s.appendPlain(s.appendTag(b), at)
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
	if n := len(b) - start; n < 0x80 {
		b[start-1] = byte(n)
		return b
	}
	return closeLong(b, start)
}

func closeLong(b []byte, start int) []byte {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(b)-start))
	b = append(b, length[:n-1]...)
	copy(b[start+n-1:], b[start:])
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
	if element.op == opVarint64 {
		for _, v := range unsafe.Slice((*uint64)(list.data), list.length) {
			b = appendVarint(b, v)
		}
		return closeLength(b, start)
	}
	for i := range list.length {
		b = element.appendPlain(b, unsafe.Add(list.data, i*element.op.size()))
	}
	return closeLength(b, start)
}
