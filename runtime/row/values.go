package row

import (
	"reflect"
	"unsafe"
)

// value returns field i of the struct at m.
func (l *layout) value(m unsafe.Pointer, i int) Value {
	if i < 0 || i >= len(l.fields) {
		return Value{}
	}
	s, f := l.fields[i], &l.message.Fields[i]
	at := unsafe.Add(m, s.offset)
	switch s.op {
	case opList, opPacked:
		return s.listValue((*sliceHeader)(at), f)
	case opMap:
		return s.mapValue(at, f)
	case opNested, opGroup:
		return s.messageValue(*(*unsafe.Pointer)(at))
	}
	v := s.plainValue(at, f)
	v.present = s.has == 0 || *l.presenceWord(m, s)&s.has != 0
	if s.wire&HasAbsent != 0 && v.bits == l.message.Wire[i].Absent {
		v.present = false
	}
	return v
}

// plainValue returns a value that is present.
func (s *slot) plainValue(at unsafe.Pointer, f *Field) Value {
	switch s.kind {
	case Bool:
		return BoolValue(true, *(*bool)(at))
	case Float:
		return FloatValue(true, *(*float32)(at))
	case Double:
		return DoubleValue(true, *(*float64)(at))
	case String:
		return StringValue(true, *(*string)(at))
	case Bytes:
		return BytesValue(true, *(*[]byte)(at))
	case Enum:
		return EnumValue(true, *(*int32)(at), f.Enum)
	case Time:
		return TimeValue(true, *(*Timestamp)(at))
	}
	return s.numberValue(at)
}

func (s *slot) numberValue(at unsafe.Pointer) Value {
	switch {
	case s.kind == Int && s.op.size() == 4:
		return IntValue(true, int64(*(*int32)(at)))
	case s.kind == Int:
		return IntValue(true, *(*int64)(at))
	case s.op.size() == 4:
		return UintValue(true, uint64(*(*uint32)(at)))
	}
	return UintValue(true, *(*uint64)(at))
}

func (s *slot) messageValue(m unsafe.Pointer) Value {
	if m == nil {
		return NestedValue(false, nil)
	}
	return NestedValue(true, reflect.NewAt(s.part.typ, m).Interface().(Row))
}

func (s *slot) listValue(list *sliceHeader, f *Field) Value {
	element, size, data := s.part.element, s.part.size, list.data
	return ListValue(list.length, func(i int) Value {
		at := unsafe.Add(data, uintptr(i)*size)
		if element.part != nil {
			return element.messageValue(at)
		}
		return element.plainValue(at, f)
	})
}

func (s *slot) mapValue(at unsafe.Pointer, f *Field) Value {
	p := s.part
	return MapValue(p.entries.length(at), func(yield func(Value, Value) bool) {
		more := true
		p.entries.each(p, at, func(key, value cell) {
			if !more {
				return
			}
			k := p.key.plainValue(p.key.at(&key), f)
			if p.value.part != nil {
				more = yield(k, p.value.messageValue(value.text.data))
			} else {
				more = yield(k, p.value.plainValue(p.value.at(&value), f))
			}
		})
	})
}
