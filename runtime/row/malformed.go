package row

import (
	"slices"
	"strconv"
)

// Malformed, for generated code, returns the error for a decoder that ended with
// the negative index i. It walks the frame again: only then does the field's
// name matter.
func Malformed(m *Message, frame []byte, i int) error {
	bad := ^i
	for at := 0; at < len(frame); {
		tag, value := Varint(frame, at)
		if value < 0 {
			return &DecodeError{m.FullName, "", at, varintFault(frame, at)}
		}
		next := Skip(frame, value, tag)
		if value == bad || next < 0 {
			return &DecodeError{m.FullName, m.fieldName(tag >> 3), value, m.fault(frame, value, tag)}
		}
		at = next
	}
	return &DecodeError{m.FullName, "", bad, ErrTruncated}
}

// Missing, for generated code, returns the error for a required field that is
// not there.
func Missing(m *Message, field string, frame []byte) error {
	return &DecodeError{m.FullName, field, len(frame), ErrRequired}
}

// fault returns what is wrong with the value at i.
func (m *Message) fault(frame []byte, i int, tag uint64) error {
	if tag>>3 > maxField {
		return ErrTag
	}
	if _, reason := skip(frame, i, tag, 0); reason != nil {
		return reason
	}
	if f := m.field(tag >> 3); f != nil && f.Kind == Time {
		return ErrTimestamp
	}
	return ErrUTF8
}

func (m *Message) fieldName(number uint64) string {
	if f := m.field(number); f != nil {
		return f.Name
	}
	return strconv.FormatUint(number, 10)
}

func (m *Message) field(number uint64) *Field {
	i := slices.IndexFunc(m.Fields, func(f Field) bool { return uint64(uint32(f.Number)) == number })
	if i < 0 {
		return nil
	}
	return &m.Fields[i]
}
