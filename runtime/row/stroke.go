package row

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// stroke is what put needs to know of a field.
type stroke struct {
	// has is the field's presence bit, or always.
	has uint64
	// offset is where the number lies, or the length of a text; mask has its bits of
	// the eight bytes there, all of which are loaded.
	offset uintptr
	mask   uint64
	tag    uint16
	length uint8
	action action
}

// always stands for the presence bit of a field that is written unless it is zero.
const always = 1 << 63

// action is what to do with a number.
type action uint8

const (
	putNumber action = iota
	putText
	putSigned32
	putZigzag32
	putZigzag64
	putFixed32
	putFixed64
	putElse // which put does not do
)

// lengthOffset is where the length of a text lies in it.
const lengthOffset = unsafe.Offsetof(textHeader{}.length)

// mostPut is how much a field takes that put writes, but for text.
const mostPut = 2 + binary.MaxVarintLen64

// stroke makes the stroke of a slot. What put does not do has no bits in its mask,
// so that put needs to ask only where it finds nothing.
func (l *layout) stroke(s *slot) stroke {
	t := stroke{has: s.has, offset: s.offset, mask: 1<<(8*s.op.size()) - 1, tag: uint16(s.tag), length: s.length}
	switch s.op {
	case opVarint64, opBool:
	case opVarint32:
		if s.kind != Uint {
			t.action = putSigned32
		}
	case opZigzag64:
		t.action = putZigzag64
	case opZigzag32:
		t.action = putZigzag32
	case opFixed64:
		t.action = putFixed64
	case opFixed32:
		t.action = putFixed32
	case opText, opTextUTF8, opBlob:
		t.action = putText
		t.offset += lengthOffset
		t.mask = ^uint64(0) >> (64 - bits.UintSize)
	default:
		t.action = putElse
	}
	if s.wire&Implicit != 0 {
		t.has = always
	} else if s.word > 0 || s.has == always {
		t.action = putElse
	}
	// What is loaded lies within the struct, and the number is its low bytes.
	if !littleEndian || s.length > 2 || t.offset+8 > l.typ.Size() {
		t.action = putElse
	}
	if t.action == putElse {
		t.has, t.mask = always, 0
	}
	return t
}

// littleEndian says how this machine keeps numbers in memory.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1
