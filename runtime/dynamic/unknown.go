package dynamic

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// unknownFields counts the fields of a message, and of those within it, that its
// schema does not have.
func unknownFields(m protoreflect.Message) int {
	n := 0
	for b := m.GetUnknown(); len(b) > 0; n++ {
		_, _, size := protowire.ConsumeField(b)
		if size < 0 {
			break
		}
		b = b[size:]
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		n += unknownWithin(fd, v)
		return true
	})
	return n
}

// unknownWithin is unknownFields for the messages in a field.
func unknownWithin(fd protoreflect.FieldDescriptor, v protoreflect.Value) int {
	n := 0
	switch {
	case fd.IsMap() && fd.MapValue().Message() != nil:
		v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
			n += unknownFields(v.Message())
			return true
		})
	case fd.IsMap() || fd.Message() == nil:
	case fd.IsList():
		for i := range v.List().Len() {
			n += unknownFields(v.List().Get(i).Message())
		}
	default:
		return unknownFields(v.Message())
	}
	return n
}
