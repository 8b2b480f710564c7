// Package option reads what volrender's options say of messages and fields, for
// all who get descriptors: the generator from protoc, and those who read a schema
// when they run.
package option

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
)

// Command is the message's option, or nil.
func Command(m protoreflect.MessageDescriptor) *volrenderv1.Command {
	o := &descriptorpb.MessageOptions{}
	if !reread(m.Options(), o) || !proto.HasExtension(o, volrenderv1.E_Command) {
		return nil
	}
	return proto.GetExtension(o, volrenderv1.E_Command).(*volrenderv1.Command)
}

// Field is the field's option, or nil.
func Field(f protoreflect.FieldDescriptor) *volrenderv1.Field {
	o := &descriptorpb.FieldOptions{}
	if !reread(f.Options(), o) || !proto.HasExtension(o, volrenderv1.E_Field) {
		return nil
	}
	return proto.GetExtension(o, volrenderv1.E_Field).(*volrenderv1.Field)
}

// NoteUses adds to used the messages that messages of a file have as a field's type:
// those are parts of rows, not rows, unless an option says so. One that lies in
// itself is not used by that. Extensions are fields too, though rows don't have them.
func NoteUses(f protoreflect.FileDescriptor, used map[protoreflect.FullName]bool) {
	extensions := func(list protoreflect.ExtensionDescriptors) {
		for i := range list.Len() {
			if t := list.Get(i).Message(); t != nil {
				used[t.FullName()] = true
			}
		}
	}
	extensions(f.Extensions())
	var walk func(top protoreflect.FullName, m protoreflect.MessageDescriptor)
	walk = func(top protoreflect.FullName, m protoreflect.MessageDescriptor) {
		for i := range m.Fields().Len() {
			if t := m.Fields().Get(i).Message(); t != nil && t.FullName() != top {
				used[t.FullName()] = true
			}
		}
		extensions(m.Extensions())
		for i := range m.Messages().Len() {
			walk(top, m.Messages().Get(i))
		}
	}
	for i := range f.Messages().Len() {
		m := f.Messages().Get(i)
		walk(m.FullName(), m)
	}
}

// IsCommand reports whether a message at the top level of a file is a command: it
// has the option, or it is no field's type, has a field that could be filled, and
// is not one of Google's or volint's, which are there for others to have.
func IsCommand(m protoreflect.MessageDescriptor, used map[protoreflect.FullName]bool) bool {
	if opt := Command(m); opt != nil {
		return !opt.GetIgnore()
	}
	pkg := string(m.ParentFile().Package())
	if pkg == "google" || strings.HasPrefix(pkg, "google.") || pkg == "volint.volrender.v1" {
		return false
	}
	return !used[m.FullName()] && m.Fields().Len() > 0
}

// reread parses options anew with the extensions that this program was compiled
// with: whoever made the descriptor may have left them unparsed, or parsed them as
// dynamic messages.
func reread(from, to proto.Message) bool {
	b, err := proto.MarshalOptions{AllowPartial: true}.Marshal(from)
	return err == nil && len(b) > 0 && proto.UnmarshalOptions{AllowPartial: true}.Unmarshal(b, to) == nil
}
