package row

import (
	"bytes"
	"unsafe"
)

// equal compares two structs of the layout.
func (l *layout) equal(a, b unsafe.Pointer) bool {
	for w := range l.words {
		if at := l.has + 8*uintptr(w); *(*uint64)(unsafe.Add(a, at)) != *(*uint64)(unsafe.Add(b, at)) {
			return false
		}
	}
	for _, s := range l.fields {
		if !s.equal(unsafe.Add(a, s.offset), unsafe.Add(b, s.offset)) {
			return false
		}
	}
	return true
}

// equal compares one field, or one value of a list or map.
func (s *slot) equal(a, b unsafe.Pointer) bool {
	switch s.op {
	case opVarint64, opZigzag64:
		return *(*uint64)(a) == *(*uint64)(b)
	case opVarint32, opZigzag32:
		return *(*uint32)(a) == *(*uint32)(b)
	case opFixed64:
		return *(*uint64)(a) == *(*uint64)(b) || s.kind == Double && sameFloat(*(*float64)(a), *(*float64)(b))
	case opFixed32:
		return *(*uint32)(a) == *(*uint32)(b) || s.kind == Float && sameFloat(*(*float32)(a), *(*float32)(b))
	case opBool:
		return *(*bool)(a) == *(*bool)(b)
	case opText, opTextUTF8:
		return *(*string)(a) == *(*string)(b)
	case opBlob:
		return bytes.Equal(*(*[]byte)(a), *(*[]byte)(b))
	case opTime:
		return *(*Timestamp)(a) == *(*Timestamp)(b)
	case opList, opPacked:
		return s.equalList((*sliceHeader)(a), (*sliceHeader)(b))
	case opMap:
		return s.equalMap(a, b)
	}
	subA, subB := *(*unsafe.Pointer)(a), *(*unsafe.Pointer)(b)
	if subA == nil || subB == nil {
		return subA == subB
	}
	return s.part.sub.equal(subA, subB)
}

func (s *slot) equalList(a, b *sliceHeader) bool {
	if a.length != b.length {
		return false
	}
	element, size := s.part.element, s.part.size
	for i := range a.length {
		itemA, itemB := unsafe.Add(a.data, uintptr(i)*size), unsafe.Add(b.data, uintptr(i)*size)
		if element.part != nil && !element.part.sub.equal(itemA, itemB) || element.part == nil && !element.equal(itemA, itemB) {
			return false
		}
	}
	return true
}

func (s *slot) equalMap(a, b unsafe.Pointer) bool {
	p := s.part
	same := p.entries.length(a) == p.entries.length(b)
	p.entries.each(p, a, func(key, value cell) {
		if !same {
			return
		}
		other, ok := p.entries.get(p, b, key)
		same = ok && p.value.equal(p.value.at(&value), p.value.at(&other))
	})
	return same
}

// sameFloat reports whether two numbers are equal or neither is one.
func sameFloat[F float32 | float64](a, b F) bool { return a == b || a != a && b != b }
