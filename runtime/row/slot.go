package row

import (
	"encoding/binary"
	"fmt"
	"reflect"
)

// slot makes the slot of field i, in the encoding in which it is written.
func (l *layout) slot(i int) slot {
	f, w := &l.message.Fields[i], Wire{}
	if i < len(l.message.Wire) {
		w = l.message.Wire[i]
	}
	if i >= l.typ.NumField() {
		panic(fmt.Sprintf("package row: %s has no field %s", l.typ, f.Name))
	}
	member := l.typ.Field(i)
	s := slot{number: uint32(f.Number), offset: member.Offset, index: i, wire: w.Form, kind: f.Kind}
	switch {
	case f.Key != 0:
		l.mapSlot(&s, f, w, member)
	case f.List:
		l.listSlot(&s, member)
	case f.Kind == Nested:
		l.nestedSlot(&s, member)
	default:
		s.op = plainOp(member.Type, f.Kind, w.Form)
	}
	s.setTag(s.wireType())
	return s
}

// setTag gives a slot the tag of a wire type.
func (s *slot) setTag(wireType uint64) {
	var b [8]byte
	n := len(binary.AppendUvarint(b[:0], uint64(s.number)<<3|wireType))
	s.tag, s.mask = binary.LittleEndian.Uint64(b[:]), uint64(1)<<(8*n)-1
	s.length, s.shift, s.tagBytes = uint8(n), uint8(8*n), b
}

// wireType is how the slot's field starts: a list that is not packed as each of
// its values does.
func (s *slot) wireType() uint64 {
	if s.op == opList {
		return s.part.element.op.wireType()
	}
	return s.op.wireType()
}

// wireType is how a value of an op starts.
func (o op) wireType() uint64 {
	switch {
	case o <= opZigzag32:
		return wireVarint
	case o == opFixed64:
		return wireFixed64
	case o == opFixed32:
		return wireFixed32
	case o == opGroup:
		return wireStartGroup
	}
	return wireBytes
}

// plainOps are what the kinds of Go have for the kinds of value.
var plainOps = map[Kind]map[reflect.Kind]op{
	Bool:   {reflect.Bool: opBool},
	Int:    {reflect.Int32: opVarint32, reflect.Int64: opVarint64},
	Uint:   {reflect.Uint32: opVarint32, reflect.Uint64: opVarint64},
	Float:  {reflect.Float32: opFixed32},
	Double: {reflect.Float64: opFixed64},
	String: {reflect.String: opText},
	Enum:   {reflect.Int32: opVarint32},
}

// plainOp is the op of a value that is neither list nor map nor message.
func plainOp(t reflect.Type, kind Kind, form Form) op {
	switch {
	case kind == Time && t == reflect.TypeFor[Timestamp]():
		return opTime
	case kind == Bytes && t == reflect.TypeFor[[]byte]():
		return opBlob
	}
	o, ok := plainOps[kind][t.Kind()]
	switch {
	case !ok:
		panic(fmt.Sprintf("package row: %s does not hold a value of kind %d", t, kind))
	case o == opText && form&UTF8 != 0:
		return opTextUTF8
	case o == opVarint32 && form&Fixed != 0:
		return opFixed32
	case o == opVarint64 && form&Fixed != 0:
		return opFixed64
	case o == opVarint32 && form&Zigzag != 0:
		return opZigzag32
	case o == opVarint64 && form&Zigzag != 0:
		return opZigzag64
	}
	return o
}

// nestedSlot is for a message: *Sub.
func (l *layout) nestedSlot(s *slot, member reflect.StructField) {
	if member.Type.Kind() != reflect.Pointer || !isRow(member.Type.Elem()) {
		panic(fmt.Sprintf("package row: %s.%s is no message", l.typ, member.Name))
	}
	s.op = nestedOp(s.wire)
	s.part = messagePart(member.Type.Elem())
	l.spare(s.part, member)
}

func nestedOp(form Form) op {
	if form&Delimited != 0 {
		return opGroup
	}
	return opNested
}

func messagePart(t reflect.Type) *part { return &part{typ: t, size: t.Size(), sub: partLayout(t)} }

func isRow(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && reflect.PointerTo(t).Implements(reflect.TypeFor[Row]())
}

// spare finds where messages of a field are kept.
func (l *layout) spare(p *part, member reflect.StructField) {
	if all, ok := l.typ.FieldByName("spare"); ok && all.Type.Kind() == reflect.Struct {
		if f, ok := all.Type.FieldByName(member.Name); ok {
			want := member.Type
			if want.Kind() == reflect.Map {
				want = reflect.SliceOf(want.Elem())
			}
			p.spare, p.hasSpare = all.Offset+f.Offset, f.Type == want
		}
	}
	if !p.hasSpare {
		panic(fmt.Sprintf("package row: %s keeps no messages of %s", l.typ, member.Name))
	}
}

// listSlot is for a repeated field: a slice.
func (l *layout) listSlot(s *slot, member reflect.StructField) {
	if member.Type.Kind() != reflect.Slice {
		panic(fmt.Sprintf("package row: %s.%s is no slice", l.typ, member.Name))
	}
	t := member.Type.Elem()
	element := *s
	s.op = opList
	if s.kind == Nested {
		if !isRow(t) {
			panic(fmt.Sprintf("package row: %s.%s is no slice of messages", l.typ, member.Name))
		}
		element.op, element.part = nestedOp(s.wire), messagePart(t)
	} else {
		element.op = plainOp(t, s.kind, s.wire)
		if s.wire&Packed != 0 && element.op.isNumber() {
			s.op = opPacked
		}
	}
	s.part = &part{element: &element, list: member.Type, size: t.Size()}
}

// isNumber reports ops whose values can be packed.
func (o op) isNumber() bool { return o <= opZigzag32 || o == opFixed64 || o == opFixed32 }

// otherWay is the slot by which a list is read that is not written so: packed for
// one that is written value by value, and the other way round.
func otherWay(s slot) (slot, bool) {
	if s.part == nil || s.part.element == nil || !s.part.element.op.isNumber() {
		return s, false
	}
	if s.op == opList {
		s.op = opPacked
	} else {
		s.op = opList
	}
	s.setTag(s.wireType())
	return s, true
}

// mapSlot is for a map.
func (l *layout) mapSlot(s *slot, f *Field, w Wire, member reflect.StructField) {
	if w.Entries == nil || w.Entries.mapType() != member.Type {
		panic(fmt.Sprintf("package row: %s.%s is not the map that it is said to be", l.typ, member.Name))
	}
	key := &slot{number: 1, kind: f.Key, wire: w.Key, op: plainOp(member.Type.Key(), f.Key, w.Key)}
	value := &slot{number: 2, kind: f.Kind, wire: w.Form}
	s.op, s.part = opMap, &part{key: key, value: value, entries: w.Entries}
	if f.Kind == Nested {
		t := member.Type.Elem()
		if t.Kind() != reflect.Pointer || !isRow(t.Elem()) {
			panic(fmt.Sprintf("package row: %s.%s is no map to messages", l.typ, member.Name))
		}
		value.op, value.part = nestedOp(w.Form), messagePart(t.Elem())
		l.spare(s.part, member)
	} else {
		value.op = plainOp(member.Type.Elem(), f.Kind, w.Form)
	}
	for _, part := range []*slot{key, value} {
		part.setTag(part.op.wireType())
		part.inText = part.op == opText || part.op == opTextUTF8 || part.op == opBlob || part.part != nil
	}
}
