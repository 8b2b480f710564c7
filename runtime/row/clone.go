package row

import (
	"bytes"
	"reflect"
	"strings"
	"unsafe"
)

// clone makes the struct at to, which is new, a copy of the one at from.
func (l *layout) clone(to, from unsafe.Pointer) {
	for _, s := range l.fields {
		s.clone(unsafe.Add(to, s.offset), unsafe.Add(from, s.offset))
	}
	for w := range l.words {
		*(*uint64)(unsafe.Add(to, l.has+8*uintptr(w))) = *(*uint64)(unsafe.Add(from, l.has+8*uintptr(w)))
	}
	*(*int)(unsafe.Add(to, l.unknown)) = *(*int)(unsafe.Add(from, l.unknown))
}

// clone copies one field, or one value of a list or map.
func (s *slot) clone(to, from unsafe.Pointer) {
	switch s.op {
	case opVarint64, opZigzag64, opFixed64:
		*(*uint64)(to) = *(*uint64)(from)
	case opVarint32, opZigzag32, opFixed32:
		*(*uint32)(to) = *(*uint32)(from)
	case opBool:
		*(*bool)(to) = *(*bool)(from)
	case opText, opTextUTF8:
		*(*string)(to) = strings.Clone(*(*string)(from))
	case opBlob:
		*(*[]byte)(to) = bytes.Clone(*(*[]byte)(from))
	case opTime:
		*(*Timestamp)(to) = *(*Timestamp)(from)
	case opList, opPacked:
		s.cloneList(to, from)
	case opMap:
		s.cloneMap(to, from)
	default:
		if sub := *(*unsafe.Pointer)(from); sub != nil {
			copied := reflect.New(s.part.typ).UnsafePointer()
			s.part.sub.clone(copied, sub)
			*(*unsafe.Pointer)(to) = copied
		}
	}
}

func (s *slot) cloneList(to, from unsafe.Pointer) {
	element, list := s.part.element, (*sliceHeader)(from)
	if list.length == 0 {
		return
	}
	copied := reflect.MakeSlice(s.part.list, list.length, list.length)
	size := s.part.size
	for i := range list.length {
		toItem, fromItem := unsafe.Add(copied.UnsafePointer(), uintptr(i)*size), unsafe.Add(list.data, uintptr(i)*size)
		if element.part != nil {
			element.part.sub.clone(toItem, fromItem)
		} else {
			element.clone(toItem, fromItem)
		}
	}
	*(*sliceHeader)(to) = sliceHeader{copied.UnsafePointer(), list.length, list.length}
}

func (s *slot) cloneMap(to, from unsafe.Pointer) {
	p := s.part
	p.entries.each(p, from, func(key, value cell) {
		var newKey, newValue cell
		p.key.clone(p.key.at(&newKey), p.key.at(&key))
		p.value.clone(p.value.at(&newValue), p.value.at(&value))
		p.entries.put(p, to, &newKey, &newValue)
	})
}
