package rows

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

// Decode is the loop that one writes for this one message: the fields in their
// order, each in line, and around again where another order wants it. Text lies
// in b.
func (s *Symbol) Decode(b []byte) bool {
	*s = Symbol{}
	var has uint32
	var v uint64
	i := 0
	for uint(i) < uint(len(b)) {
		start := i
		if uint(i) < uint(len(b)) && b[i] == 1<<3 {
			s.Address, i = varint(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 2<<3|2 {
			s.Kind, i = textUTF8(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 3<<3 {
			s.Size, i = varint(b, i+1)
			has |= 1 << 0
		}
		if uint(i) < uint(len(b)) && b[i] == 4<<3 {
			v, i = varint(b, i+1)
			s.Exported = v != 0
		}
		if uint(i) < uint(len(b)) && b[i] == 5<<3|2 {
			s.Subsystem, i = textUTF8(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 6<<3|2 {
			s.Module, i = textUTF8(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 7<<3|2 {
			s.Name, i = textUTF8(b, i+1)
		}
		if uint(i) < uint(len(b)) && b[i] == 8<<3|2 {
			s.Description, i = textUTF8(b, i+1)
		}
		if i == start {
			i = unknown(b, i)
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
