package row

import (
	"encoding/binary"
	"unsafe"
)

// put8, put16, put32 and put64 write bytes for which the caller knows that there
// is room. Like load64, they compile to one instruction where the machine allows
// it.

func put8(base unsafe.Pointer, i int, v uint64) { *(*byte)(unsafe.Add(base, i)) = byte(v) }

func put16(base unsafe.Pointer, i int, v uint64) {
	binary.LittleEndian.PutUint16((*[2]byte)(unsafe.Add(base, i))[:], uint16(v))
}

func put32(base unsafe.Pointer, i int, v uint64) {
	binary.LittleEndian.PutUint32((*[4]byte)(unsafe.Add(base, i))[:], uint32(v))
}

func put64(base unsafe.Pointer, i int, v uint64) {
	binary.LittleEndian.PutUint64((*[8]byte)(unsafe.Add(base, i))[:], v)
}

// put writes fields for as long as each is of a kind that is plain and frequent and
// there is room for it, and returns where it stopped: at a place in b and at a
// field. Stores overlap where that saves branches, but none goes beyond what is
// written in the end: there the caller of Append may have something.
//
// It is one function, as run is: a call for long numbers or for short text costs
// more than all else that is done for the field.
func (l *layout) put(b []byte, m unsafe.Pointer, from int) (end, next int) {
	has := uint64(always)
	if l.words > 0 {
		has |= *(*uint64)(unsafe.Add(m, l.has))
	}
	base, i, room := unsafe.Pointer(unsafe.SliceData(b)), len(b), cap(b)
	strokes := l.strokes
	for k := from; k < len(strokes); k++ {
		s := &strokes[k]
		if has&s.has == 0 {
			continue
		}
		v := load64(unsafe.Add(m, s.offset), 0) & s.mask
		if v == 0 && s.has == always {
			if s.action == putElse {
				return i, k
			}
			continue
		}
		if i > room-mostPut {
			return i, k
		}
		start := i
		put16(base, i, uint64(s.tag)) // at least one byte follows
		i += int(s.length)
		if s.action > putText {
			switch s.action {
			case putFixed64:
				put64(base, i, v)
				i += 8
				continue
			case putFixed32:
				put32(base, i, v)
				i += 4
				continue
			case putSigned32:
				v = uint64(int32(v))
			case putZigzag32:
				v = uint64(uint32(v<<1) ^ uint32(int32(v)>>31))
			default:
				v = v<<1 ^ uint64(int64(v)>>63)
			}
		}
		if v < 0x80 {
			put8(base, i, v)
			i++
		} else {
			x, n := sevens(v)
			switch {
			case n > 8:
				put64(base, i, x)
				put8(base, i+8, v>>56)
				if n > 9 {
					put16(base, i+8, v>>56|0x180)
				}
			case n > 3:
				put32(base, i, x)
				put32(base, i+n-4, x>>(uint(n-4)*8&63))
			default:
				put16(base, i, x)
				put8(base, i+n-1, x>>(uint(n-1)*8&63))
			}
			i += n
		}
		if s.action != putText {
			continue
		}
		n := int(v)
		if n > room-i {
			return start, k
		}
		from := *(*unsafe.Pointer)(unsafe.Add(m, s.offset-lengthOffset))
		switch {
		case n > 16:
			copy(unsafe.Slice((*byte)(unsafe.Add(base, i)), n), unsafe.Slice((*byte)(from), n))
		case n >= 8:
			x, y := load64(from, 0), load64(from, n-8)
			put64(base, i, x)
			put64(base, i+n-8, y)
		case n >= 4:
			x, y := load32(from, 0), load32(from, n-4)
			put32(base, i, uint64(x))
			put32(base, i+n-4, uint64(y))
		case n > 0:
			if n > 1 {
				put16(base, i, load16(from, 0))
			}
			put8(base, i+n-1, uint64(*(*byte)(unsafe.Add(from, n-1))))
		}
		i += n
	}
	return i, len(strokes)
}
