package dynamic

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/runtime/row"
)

// Type is the type of rows of a message that is known only when the program
// runs. It may be used by many goroutines.
type Type struct {
	descriptor protoreflect.MessageDescriptor
	message    row.Message
	fields     []field
}

// field is what a row needs of a field, in the order of the .proto file.
type field struct {
	descriptor  protoreflect.FieldDescriptor
	kind        row.Kind
	absentValue *uint64
}

// TypeOf returns the type of a message's rows, with what volrender's options say
// of its fields. The descriptor may be of any make. The error names a field that
// rows can't have.
func TypeOf(md protoreflect.MessageDescriptor) (*Type, error) {
	md, err := complete(md)
	if err != nil {
		return nil, fmt.Errorf("the descriptor of %s: %w", md.FullName(), err)
	}
	t := &Type{descriptor: md}
	t.message.FullName = string(md.FullName())
	t.message.Descriptors = func() []byte { return descriptorSet(md.ParentFile()) }
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		kind, err := kindOf(fd)
		if err != nil {
			return nil, err
		}
		options, err := fieldOptions(fd)
		if err != nil {
			return nil, fmt.Errorf("the options of %s: %w", fd.FullName(), err)
		}
		t.fields = append(t.fields, field{fd, kind, options.AbsentValue})
		t.message.Fields = append(t.message.Fields, row.Field{
			Name:    string(fd.Name()),
			Number:  int32(fd.Number()),
			Kind:    kind,
			Meaning: row.Meaning(options.GetMeaning()),
			Enum:    enumNames(fd.Enum()),
		})
	}
	return t, nil
}

// complete returns a descriptor that tells protobuf's decoder all that it asks
// for. Those of protobuf itself do; others, as compilers make them, lack a method
// beside the interface by which it learns that text must be UTF-8, and may not
// know a required field of an edition. They are made anew.
func complete(md protoreflect.MessageDescriptor) (protoreflect.MessageDescriptor, error) {
	if md.Fields().Len() == 0 {
		return md, nil
	}
	if _, ok := md.Fields().Get(0).(interface{ EnforceUTF8() bool }); ok {
		return md, nil
	}
	files, err := link(descriptorSet(md.ParentFile()))
	if err != nil {
		return md, err
	}
	return findMessage(files, md.FullName())
}

// Message describes the type's rows.
func (t *Type) Message() *row.Message { return &t.message }

var kinds = map[protoreflect.Kind]row.Kind{
	protoreflect.BoolKind:     row.Bool,
	protoreflect.Int32Kind:    row.Int,
	protoreflect.Sint32Kind:   row.Int,
	protoreflect.Sfixed32Kind: row.Int,
	protoreflect.Int64Kind:    row.Int,
	protoreflect.Sint64Kind:   row.Int,
	protoreflect.Sfixed64Kind: row.Int,
	protoreflect.Uint32Kind:   row.Uint,
	protoreflect.Fixed32Kind:  row.Uint,
	protoreflect.Uint64Kind:   row.Uint,
	protoreflect.Fixed64Kind:  row.Uint,
	protoreflect.FloatKind:    row.Float,
	protoreflect.DoubleKind:   row.Double,
	protoreflect.StringKind:   row.String,
	protoreflect.BytesKind:    row.Bytes,
	protoreflect.EnumKind:     row.Enum,
}

func kindOf(fd protoreflect.FieldDescriptor) (row.Kind, error) {
	if fd.Cardinality() == protoreflect.Repeated {
		return 0, fmt.Errorf("%s is repeated, which rows can't have", fd.FullName())
	}
	if fd.Kind() == protoreflect.MessageKind && fd.Message().FullName() == "google.protobuf.Timestamp" {
		return row.Time, nil
	}
	kind, ok := kinds[fd.Kind()]
	if !ok {
		return 0, fmt.Errorf("%s is a message, which rows can't have", fd.FullName())
	}
	return kind, nil
}

// fieldOptions are volrender's options of a field. They go through their encoding,
// since it depends on how the descriptor was made what Go type they have.
func fieldOptions(fd protoreflect.FieldDescriptor) (*volrenderv1.Field, error) {
	b, err := proto.MarshalOptions{AllowPartial: true}.Marshal(fd.Options())
	if err != nil {
		return nil, err
	}
	var options descriptorpb.FieldOptions
	if err := (proto.UnmarshalOptions{AllowPartial: true}).Unmarshal(b, &options); err != nil {
		return nil, err
	}
	if f, ok := proto.GetExtension(&options, volrenderv1.E_Field).(*volrenderv1.Field); ok && f != nil {
		return f, nil
	}
	return &volrenderv1.Field{}, nil
}

// enumNames are the names of an enum's numbers: the first where two share one.
func enumNames(ed protoreflect.EnumDescriptor) map[int32]string {
	if ed == nil {
		return nil
	}
	names := make(map[int32]string)
	for i := range ed.Values().Len() {
		v := ed.Values().Get(i)
		if _, ok := names[int32(v.Number())]; !ok {
			names[int32(v.Number())] = string(v.Name())
		}
	}
	return names
}

// descriptorSet is what row.Message.Descriptors returns, with all imports.
func descriptorSet(file protoreflect.FileDescriptor) []byte {
	var set descriptorpb.FileDescriptorSet
	seen := map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] || f.IsPlaceholder() {
			return
		}
		seen[f.Path()] = true
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	add(file)
	b, err := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.Marshal(&set)
	if err != nil {
		return nil
	}
	return b
}
