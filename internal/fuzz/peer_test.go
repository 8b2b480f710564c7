package fuzz

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/volint/volint/internal/fuzz/schema"
)

// forUPB returns a schema's descriptors changed so that upb has the values that
// are wanted of everybody: closed enums are plain numbers, which upb would take
// for unknown fields where they have no name, and text that nobody checks is
// bytes, which upb would not let Python read.
func forUPB(c *schema.Compiled) *schema.Compiled {
	plain := &plainer{closed: map[string]bool{}, unchecked: map[string]bool{}}
	for _, md := range c.Messages {
		plain.note(md.ParentFile(), map[string]bool{})
	}
	out := &schema.Compiled{Schema: c.Schema}
	for _, f := range c.Files {
		f = proto.CloneOf(f)
		plain.messages("."+f.GetPackage(), f.MessageType)
		out.Files = append(out.Files, f)
	}
	return out
}

// plainer knows the enums and fields to change, by full name with a leading dot.
type plainer struct {
	closed, unchecked map[string]bool
}

func (p *plainer) note(f protoreflect.FileDescriptor, seen map[string]bool) {
	if seen[f.Path()] {
		return
	}
	seen[f.Path()] = true
	for i := range f.Imports().Len() {
		p.note(f.Imports().Get(i).FileDescriptor, seen)
	}
	p.noteEnums(f.Enums())
	p.noteMessages(f.Messages())
}

func (p *plainer) noteEnums(enums protoreflect.EnumDescriptors) {
	for i := range enums.Len() {
		if e := enums.Get(i); e.IsClosed() {
			p.closed["."+string(e.FullName())] = true
		}
	}
}

func (p *plainer) noteMessages(all protoreflect.MessageDescriptors) {
	for i := range all.Len() {
		md := all.Get(i)
		p.noteEnums(md.Enums())
		p.noteMessages(md.Messages())
		for j := range md.Fields().Len() {
			fd := md.Fields().Get(j)
			checked := fd.(interface{ EnforceUTF8() bool }).EnforceUTF8()
			if fd.Kind() == protoreflect.StringKind && !checked && !(md.IsMapEntry() && fd.Number() == 1) {
				p.unchecked["."+string(fd.FullName())] = true
			}
		}
	}
}

func (p *plainer) messages(scope string, messages []*descriptorpb.DescriptorProto) {
	for _, m := range messages {
		name := scope + "." + m.GetName()
		p.messages(name, m.NestedType)
		for _, f := range slices.Concat(m.Field, m.Extension) {
			switch {
			case p.closed[f.GetTypeName()]:
				f.Type, f.TypeName, f.DefaultValue = descriptorpb.FieldDescriptorProto_TYPE_INT32.Enum(), nil, nil
			case p.unchecked[name+"."+f.GetName()]:
				f.Type, f.DefaultValue = descriptorpb.FieldDescriptorProto_TYPE_BYTES.Enum(), nil
				if f.GetOptions().GetFeatures() != nil {
					f.Options.Features.Utf8Validation = nil
				}
			}
		}
	}
}
