package dynamic

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
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
	descriptor protoreflect.FieldDescriptor
	key        value // of a map
	value      value
}

// TypeOf returns the type of a message's rows, with what volrender's options say
// of its fields. The descriptor may be of any make. The error names a type whose
// file is missing.
func TypeOf(md protoreflect.MessageDescriptor) (*Type, error) {
	complete, err := complete(md)
	if err != nil {
		return nil, fmt.Errorf("the descriptor of %s: %w", md.FullName(), err)
	}
	return typesBegun{}.of(complete)
}

// typesBegun are the types that were begun, so that a message can lie in itself.
type typesBegun map[protoreflect.FullName]*Type

func (all typesBegun) of(md protoreflect.MessageDescriptor) (*Type, error) {
	if t := all[md.FullName()]; t != nil {
		return t, nil
	}
	t := &Type{descriptor: md}
	all[md.FullName()] = t
	t.message.FullName = string(md.FullName())
	t.message.Descriptors = func() []byte { return descriptorSet(md.ParentFile()) }
	for i := range md.Fields().Len() {
		f, described, err := all.field(md.Fields().Get(i))
		if err != nil {
			return nil, err
		}
		t.fields = append(t.fields, f)
		t.message.Fields = append(t.message.Fields, described)
	}
	return t, nil
}

func (all typesBegun) field(fd protoreflect.FieldDescriptor) (f field, described row.Field, err error) {
	options := option.Field(fd)
	if options == nil {
		options = new(volrenderv1.Field)
	}
	f.descriptor = fd
	described = row.Field{
		Name: string(fd.Name()), Number: int32(fd.Number()),
		List: fd.IsList(), Meaning: row.Meaning(options.GetMeaning()), Identifies: options.GetKey(),
	}
	valued := fd
	if fd.IsMap() {
		valued = fd.MapValue()
		f.key.kind = kinds[fd.MapKey().Kind()]
		described.Key = f.key.kind
	}
	if f.value, err = all.value(valued); err != nil {
		return f, described, err
	}
	if fd.Cardinality() != protoreflect.Repeated {
		f.value.absentValue = options.AbsentValue
	}
	described.Kind, described.Enum = f.value.kind, f.value.names
	if nested := f.value.nested; nested != nil {
		described.Message = nested.Message
	}
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		described.Oneof = string(o.Name())
	}
	if fd.HasDefault() {
		described.Default = f.value.of(true, fd.Default())
	}
	return f, described, nil
}

// value is what each value of a field is.
func (all typesBegun) value(fd protoreflect.FieldDescriptor) (v value, err error) {
	md := fd.Message()
	switch {
	case md == nil:
		return value{kind: kinds[fd.Kind()], names: enumNames(fd.Enum())}, nil
	case md.IsPlaceholder():
		return v, fmt.Errorf("the type of %s, %s, is missing", fd.FullName(), md.FullName())
	case isTime(fd):
		return value{kind: row.Time}, nil
	}
	v.kind = row.Nested
	v.nested, err = all.of(md)
	return v, err
}

// isTime reports whether a field has a google.protobuf.Timestamp, and not something
// else of that name. A group of that type is a message like others, as in generated
// code.
func isTime(fd protoreflect.FieldDescriptor) bool {
	md := fd.Message()
	has := func(number protoreflect.FieldNumber, kind protoreflect.Kind) bool {
		fd := md.Fields().ByNumber(number)
		return fd != nil && fd.Kind() == kind && fd.Cardinality() != protoreflect.Repeated
	}
	return fd.Kind() == protoreflect.MessageKind && md.FullName() == "google.protobuf.Timestamp" &&
		has(1, protoreflect.Int64Kind) && has(2, protoreflect.Int32Kind)
}

// TypeOfRow returns the type of a row's message, for a generated row as well.
func TypeOfRow(r row.Row) (*Type, error) {
	if d, ok := r.(*dynamicRow); ok {
		return d.typ, nil
	}
	t, err := typeOf(r)
	if err != nil {
		return nil, err
	}
	return TypeOf(t.Descriptor())
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
