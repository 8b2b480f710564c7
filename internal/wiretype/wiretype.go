// Package wiretype says how kinds of fields are encoded, for those who read
// messages by their descriptors.
package wiretype

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Of is the wire type of one value of a kind.
func Of(kind protoreflect.Kind) protowire.Type {
	switch kind {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	case protoreflect.DoubleKind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protowire.Fixed64Type
	case protoreflect.FloatKind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protowire.Fixed32Type
	}
	return protowire.VarintType
}

// Packable reports whether many values of a kind may stand in one piece.
func Packable(kind protoreflect.Kind) bool {
	wire := Of(kind)
	return wire != protowire.BytesType && wire != protowire.StartGroupType
}

// Fits reports whether a value of a wire type can be one of the field: a list's
// numbers may come in one piece or each alone, whatever the schema says.
func Fits(fd protoreflect.FieldDescriptor, wire protowire.Type) bool {
	return wire == Of(fd.Kind()) || fd.IsList() && Packable(fd.Kind()) && wire == protowire.BytesType
}
