package rows

import (
	"encoding/binary"
	"unicode/utf8"
	"unsafe"
)

// Symbol is Symbol of proto/rows.proto.
type Symbol struct {
	Address     uint64
	Kind        string
	Size        uint64 `opt:"1"`
	Exported    bool
	Subsystem   string
	Module      string
	Name        string
	Description string
	// Has has a bit for each field that may be unset, in the order of the fields.
	Has uint32
}

// Decode is the loop that one writes for this one message: all text is read, and
// looked at for UTF-8, in one place, in line. It lies in b.
func (s *Symbol) Decode(b []byte) bool {
	*s = Symbol{}
	var has uint32
	var v uint64
	i := 0
	for uint(i) < uint(len(b)) {
		tag := b[i]
		if tag&0x87 != 2 {
			switch tag {
			case 1 << 3:
				s.Address, i = varint(b, i+1)
			case 3 << 3:
				s.Size, i = varint(b, i+1)
				has = 1
			case 4 << 3:
				v, i = varint(b, i+1)
				s.Exported = v != 0
			default:
				i = unknown(b, i)
			}
			continue
		}
		from := i + 1
		if uint(from) < uint(len(b)) && b[from] < 0x80 {
			i = from + 1 + int(b[from])
			from++
			if i > len(b) {
				return false
			}
		} else if from, i = span(b, from); i < 0 {
			return false
		}
		text := b[from:i]
		var seen uint64
		if n := len(text); n >= 8 {
			for rest := text; len(rest) > 8; rest = rest[8:] {
				seen |= binary.LittleEndian.Uint64(rest)
			}
			seen |= binary.LittleEndian.Uint64(text[n-8:])
		} else if from+8 <= len(b) {
			seen = binary.LittleEndian.Uint64(b[from:]) & (1<<(8*n) - 1)
		} else {
			for _, c := range text {
				seen |= uint64(c)
			}
		}
		valid := seen&0x8080808080808080 == 0 || utf8.Valid(text)
		found := unsafe.String(unsafe.SliceData(text), len(text))
		switch tag {
		case 2<<3 | 2:
			s.Kind = found
		case 5<<3 | 2:
			s.Subsystem = found
		case 6<<3 | 2:
			s.Module = found
		case 7<<3 | 2:
			s.Name = found
		case 8<<3 | 2:
			s.Description = found
		default:
			valid = tag>>3 != 0
		}
		if !valid {
			return false
		}
	}
	s.Has = has
	return i == len(b)
}

// Append appends s's encoding.
func (s *Symbol) Append(b []byte) []byte {
	if s.Address != 0 {
		b = appendVarint(append(b, 1<<3), s.Address)
	}
	if s.Kind != "" {
		b = appendText(append(b, 2<<3|2), s.Kind)
	}
	if s.Has&(1<<0) != 0 {
		b = appendVarint(append(b, 3<<3), s.Size)
	}
	if s.Exported {
		b = append(b, 4<<3, 1)
	}
	if s.Subsystem != "" {
		b = appendText(append(b, 5<<3|2), s.Subsystem)
	}
	if s.Module != "" {
		b = appendText(append(b, 6<<3|2), s.Module)
	}
	if s.Name != "" {
		b = appendText(append(b, 7<<3|2), s.Name)
	}
	if s.Description != "" {
		b = appendText(append(b, 8<<3|2), s.Description)
	}
	return b
}
