package row

import (
	"math/bits"
	"unsafe"
)

// reset empties a struct and keeps the memory of its lists, maps and messages.
func (l *layout) reset(m unsafe.Pointer) {
	for _, s := range l.fields {
		s.clear(m)
	}
	for w := range l.words {
		*(*uint64)(unsafe.Add(m, l.has+8*uintptr(w))) = 0
	}
	*(*int)(unsafe.Add(m, l.unknown)) = 0
}

// clear empties the fields whose seen bits are given.
func (l *layout) clear(m unsafe.Pointer, which uint64) {
	for ; which != 0; which &= which - 1 {
		l.bySeen[bits.TrailingZeros64(which)].clear(m)
	}
}

// clearLate empties the fields that have no seen bits, and the presence bits
// beyond the first word.
func (l *layout) clearLate(m unsafe.Pointer) {
	for _, s := range l.late {
		s.clear(m)
	}
	for w := 1; w < l.words; w++ {
		*(*uint64)(unsafe.Add(m, l.has+8*uintptr(w))) = 0
	}
}

// clear empties a field, but for its presence bit.
func (s *slot) clear(m unsafe.Pointer) {
	at := unsafe.Add(m, s.offset)
	switch s.op {
	case opVarint64, opZigzag64, opFixed64:
		*(*uint64)(at) = 0
	case opVarint32, opZigzag32, opFixed32:
		*(*uint32)(at) = 0
	case opBool:
		*(*bool)(at) = false
	case opText, opTextUTF8:
		*(*string)(at) = ""
	case opBlob:
		*(*[]byte)(at) = nil
	case opTime:
		*(*Timestamp)(at) = Timestamp{}
	case opList, opPacked:
		(*sliceHeader)(at).length = 0
	case opMap:
		s.part.entries.empty(at, s.part.spareAt(m))
	default:
		s.clearMessage(m)
	}
}

// clearMessage takes a message out, and keeps it.
func (s *slot) clearMessage(m unsafe.Pointer) {
	at, spare := (*unsafe.Pointer)(unsafe.Add(m, s.offset)), (*unsafe.Pointer)(s.part.spareAt(m))
	if *at != nil {
		*spare, *at = *at, nil
	}
}

// spareAt is where messages of a field are kept, or nil.
func (p *part) spareAt(m unsafe.Pointer) unsafe.Pointer {
	if !p.hasSpare {
		return nil
	}
	return unsafe.Add(m, p.spare)
}
