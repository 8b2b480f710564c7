package row

import (
	"math/bits"
	"unsafe"
)

// lacks reports whether a message, apart from those in it, has not all its
// required fields.
func (l *layout) lacks(m unsafe.Pointer) bool {
	for w, bits := range l.required {
		if bits&^*(*uint64)(unsafe.Add(m, l.has+8*uintptr(w))) != 0 {
			return true
		}
	}
	for _, s := range l.requiredParts {
		if *(*unsafe.Pointer)(unsafe.Add(m, s.offset)) == nil {
			return true
		}
	}
	return false
}

// missing returns the name of a required field that is not there, "part.field" for
// one of a message in field part; "" if none is.
func (l *layout) missing(m unsafe.Pointer) string {
	if !l.anyRequired {
		return ""
	}
	if l.lacks(m) {
		return l.message.Fields[l.firstMissing(m)].Name
	}
	for i, s := range l.fields {
		name := ""
		s.eachMessage(m, func(sub *layout, m unsafe.Pointer) {
			if name == "" {
				name = sub.missing(m)
			}
		})
		if name != "" {
			return l.message.Fields[i].Name + "." + name
		}
	}
	return ""
}

// firstMissing is the index of the first field that lacks makes out.
func (l *layout) firstMissing(m unsafe.Pointer) int {
	first := len(l.fields)
	for _, s := range l.requiredParts {
		if *(*unsafe.Pointer)(unsafe.Add(m, s.offset)) == nil {
			first = min(first, s.index)
		}
	}
	for w, required := range l.required {
		gone := required &^ *(*uint64)(unsafe.Add(m, l.has+8*uintptr(w)))
		for ; gone != 0; gone &= gone - 1 {
			first = min(first, l.fieldOfBit(w, uint64(1)<<bits.TrailingZeros64(gone)))
		}
	}
	return first
}

func (l *layout) fieldOfBit(word int, bit uint64) int {
	for i, s := range l.fields {
		if int(s.word) == word && s.has == bit {
			return i
		}
	}
	return len(l.fields)
}

// eachMessage shows the messages in a field.
func (s *slot) eachMessage(m unsafe.Pointer, visit func(sub *layout, m unsafe.Pointer)) {
	sub := s.sub()
	if sub == nil {
		return
	}
	at := unsafe.Add(m, s.offset)
	switch s.op {
	case opMap:
		s.part.entries.each(s.part, at, func(_, value cell) { visit(sub, value.text.data) })
	case opList:
		list := (*sliceHeader)(at)
		for i := range list.length {
			visit(sub, unsafe.Add(list.data, uintptr(i)*sub.typ.Size()))
		}
	default:
		if p := *(*unsafe.Pointer)(at); p != nil {
			visit(sub, p)
		}
	}
}
