package oracle

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/wiretype"
)

// MaxNesting is how many messages and groups may lie in one another below a row.
const MaxNesting = 100

var (
	errMalformed = errors.New("malformed")
	errNesting   = errors.New("nested too deep")
)

// walker goes through a message as a parser of C++ does, for what protobuf-go does
// not tell: how deep it goes, unknown groups and entries of maps included; whether
// a tag has more than 32 bits or 5 bytes; how many fields are not known.
type walker struct {
	limit, unknown int
	// What upb takes otherwise.
	longLength, entryUnknown, overflow, zero bool
}

// fields walks fields up to the end, or to the end of a group, and returns what
// is behind.
func (w *walker) fields(b []byte, md protoreflect.MessageDescriptor, group protowire.Number, depth int) ([]byte, error) {
	if depth > w.limit {
		return nil, errNesting
	}
	for len(b) > 0 {
		number, typ, n := tag(b)
		if n == 0 {
			w.zero = w.zero || md == nil && b[0]&0x7f < 8
			return nil, errMalformed
		}
		b = b[n:]
		if typ == protowire.EndGroupType {
			if number != group {
				return nil, errMalformed
			}
			return b, nil
		}
		var err error
		if b, err = w.value(b, md, number, typ, depth); err != nil {
			return nil, err
		}
	}
	if group != 0 {
		return nil, errMalformed
	}
	return nil, nil
}

// value walks the value of a field of md, which is nil in an unknown group: what
// is there does not count.
func (w *walker) value(b []byte, md protoreflect.MessageDescriptor, number protowire.Number, typ protowire.Type, depth int) ([]byte, error) {
	fd := field(md, number, typ)
	if fd == nil && md != nil {
		w.unknown++
		w.entryUnknown = w.entryUnknown || md.IsMapEntry()
	}
	if typ == protowire.StartGroupType {
		var inside protoreflect.MessageDescriptor
		if fd != nil {
			inside = fd.Message()
		}
		return w.fields(b, inside, number, depth+1)
	}
	n := protowire.ConsumeFieldValue(number, typ, b)
	if n < 0 {
		w.overflow = w.overflow || typ == protowire.VarintType && len(b) >= 10
		return nil, errMalformed
	}
	if typ == protowire.BytesType {
		_, length := protowire.ConsumeVarint(b)
		w.longLength = w.longLength || length > 5
		if fd != nil && wiretype.Of(fd.Kind()) == protowire.VarintType {
			w.overflow = w.overflow || overflows(b[length:n])
		}
	}
	if fd != nil && fd.Message() != nil {
		content, _ := protowire.ConsumeBytes(b)
		if _, err := w.fields(content, fd.Message(), 0, depth+1); err != nil {
			return nil, err
		}
	}
	return b[n:], nil
}

// tag reads a tag of up to 5 bytes and 32 bits; it takes 0 bytes if there is none.
func tag(b []byte) (protowire.Number, protowire.Type, int) {
	v, n := protowire.ConsumeVarint(b[:min(len(b), 5)])
	if n < 0 || v > 1<<32-1 || v>>3 == 0 || v&7 > 5 {
		return 0, 0, 0
	}
	return protowire.Number(v >> 3), protowire.Type(v & 7), n
}

// field is the field that a value belongs to, or nil: one with another wire type
// is not known.
func field(md protoreflect.MessageDescriptor, number protowire.Number, typ protowire.Type) protoreflect.FieldDescriptor {
	if md == nil {
		return nil
	}
	fd := md.Fields().ByNumber(number)
	if fd == nil || !wiretype.Fits(fd, typ) {
		return nil
	}
	return fd
}

// overflows reports whether one of a list's varints has ten bytes and more than
// 64 bits.
func overflows(packed []byte) bool {
	for len(packed) > 0 {
		_, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return len(packed) >= 10
		}
		packed = packed[n:]
	}
	return false
}
