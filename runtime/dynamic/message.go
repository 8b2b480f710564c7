// Package dynamic joins rows to Google's protobuf package: a row as a
// proto.Message, frames as protoc-gen-go's own types, and rows of a schema that
// is known only when the program runs. It costs what protobuf-go costs; programs
// that know their schema and want nothing of protobuf's need package row alone.
package dynamic

import (
	"errors"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	// What rows may import, and their descriptors leave out.
	_ "google.golang.org/protobuf/types/known/anypb"
	_ "google.golang.org/protobuf/types/known/apipb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/sourcecontextpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/typepb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"
	_ "google.golang.org/protobuf/types/pluginpb"

	_ "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/messageset"
	"github.com/volint/volint/runtime/row"
)

// Message returns a row as a proto.Message, which borrows nothing from the row.
// It has protoc-gen-go's type where the program links that, else a dynamic one
// of the same name. The error is for a row that protobuf refuses: a required
// field is not set, or text that must be UTF-8 is not.
func Message(r row.Row) (proto.Message, error) {
	t, err := typeOf(r)
	if err != nil {
		return nil, err
	}
	m := t.New().Interface()
	if err := proto.Unmarshal(r.Append(nil), m); err != nil {
		return nil, fmt.Errorf("%s as a protobuf message: %w", r.Message().FullName, err)
	}
	return m, nil
}

// types are the types that were made or found before, by *row.Message.
var types sync.Map

func typeOf(r row.Row) (protoreflect.MessageType, error) {
	if d, ok := r.(*dynamicRow); ok {
		return dynamicpb.NewMessageType(d.typ.descriptor), nil
	}
	m := r.Message()
	if t, ok := types.Load(m); ok {
		return t.(protoreflect.MessageType), nil
	}
	t, err := findType(m)
	if err != nil {
		return nil, fmt.Errorf("the protobuf type of %s: %w", m.FullName, err)
	}
	types.Store(m, t)
	return t, nil
}

func findType(m *row.Message) (protoreflect.MessageType, error) {
	name := protoreflect.FullName(m.FullName)
	t, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err == nil || !errors.Is(err, protoregistry.NotFound) {
		return t, err
	}
	files, err := link(m.Descriptors())
	if err != nil {
		return nil, err
	}
	md, err := findMessage(files, name)
	if err != nil {
		return nil, err
	}
	return dynamicpb.NewMessageType(md), nil
}

func findMessage(files *protoregistry.Files, name protoreflect.FullName) (protoreflect.MessageDescriptor, error) {
	d, err := files.FindDescriptorByName(name)
	if err != nil {
		return nil, err
	}
	md, ok := d.(protoreflect.MessageDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is not a message", name)
	}
	return md, nil
}

// link makes descriptors of a serialized FileDescriptorSet in which imports come
// first.
func link(set []byte) (*protoregistry.Files, error) {
	var s descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(set, &s); err != nil {
		return nil, err
	}
	messageset.Plain(s.File)
	files := new(protoregistry.Files)
	for _, f := range s.File {
		// An import that nothing here uses need not be there.
		fd, err := protodesc.FileOptions{AllowUnresolvable: true}.New(f, resolver{files})
		if err != nil {
			return nil, err
		}
		if err := files.RegisterFile(fd); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// resolver finds what is in a set, and else what the program links.
type resolver struct{ own *protoregistry.Files }

func (r resolver) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if f, err := r.own.FindFileByPath(path); err == nil {
		return f, nil
	}
	return protoregistry.GlobalFiles.FindFileByPath(path)
}

func (r resolver) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	if d, err := r.own.FindDescriptorByName(name); err == nil {
		return d, nil
	}
	return protoregistry.GlobalFiles.FindDescriptorByName(name)
}
