package plan

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Field numbers of descriptor.proto and options.proto, of which the paths of
// source information are made.
const (
	pathName           = 1     // DescriptorProto.name, FieldDescriptorProto.name
	pathFieldLabel     = 4     // FieldDescriptorProto.label
	pathFieldType      = 6     // FieldDescriptorProto.type_name
	pathMessageOptions = 7     // DescriptorProto.options
	pathFieldOptions   = 8     // FieldDescriptorProto.options
	pathOption         = 73101 // the extensions of options.proto
)

// position is where the part of d that the path leads to was written, or else
// the nearest thing around it that the source information knows: compilers
// record an option as a whole, not the parts of a literal.
func position(d protoreflect.Descriptor, parts ...int32) Pos {
	file := d.ParentFile()
	locations := file.SourceLocations()
	loc := locations.ByDescriptor(d)
	if loc.Path == nil {
		return Pos{File: file.Path()}
	}
	base := len(loc.Path)
	path := append(append(protoreflect.SourcePath(nil), loc.Path...), parts...)
	for n := len(path); n > base; n-- {
		if part := locations.ByPath(path[:n]); part.Path != nil {
			loc = part
			break
		}
	}
	return Pos{File: file.Path(), Line: loc.StartLine + 1, Column: loc.StartColumn + 1}
}

// declared is where the name of d stands.
func declared(d protoreflect.Descriptor) Pos { return position(d, pathName) }

// optionPos is where a part of the volrender option of d was written; parts are
// field numbers of options.proto.
func optionPos(d protoreflect.Descriptor, parts ...int32) Pos {
	options := int32(pathFieldOptions)
	if _, ok := d.(protoreflect.MessageDescriptor); ok {
		options = pathMessageOptions
	}
	return position(d, append([]int32{options, pathOption}, parts...)...)
}
