package plan

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
)

// message plans a command.
func (b *builder) message(m *protogen.Message) *Message {
	opt := commandOption(m.Desc)
	out := &Message{
		Name:       string(m.Desc.Name()),
		FullName:   string(m.Desc.FullName()),
		Doc:        doc(m.Comments),
		Deprecated: m.Desc.Options().(*descriptorpb.MessageOptions).GetDeprecated(),
		Pos:        declared(m.Desc),
	}
	b.unknown(m.Desc, opt)
	if len(m.Fields) == 0 {
		b.errorf(out.Pos, "give it a field, or take it out with option (volint.volrender.v1.command).ignore = true",
			"message %q has no fields, so that there is nothing to fill", out.Name)
	}

	fields := make([]*fieldDraft, len(m.Fields))
	bits := 0
	for i, f := range m.Fields {
		fields[i] = b.field(f)
		out.Fields = append(out.Fields, fields[i].Field)
		if fields[i].Presence != Implicit {
			fields[i].Bit = bits
			bits++
		}
	}
	b.linkAbsence(fields)
	b.treeDepth(fields)

	out.Volatility2 = b.source(m, opt, fields, versions[0])
	out.Volatility3 = b.source(m, opt, fields, versions[1])
	if out.Volatility2 == nil && out.Volatility3 == nil {
		b.errorf(optionPos(m.Desc), "take one of the two `none` out, or write `ignore: true` alone",
			"message %q: neither version of Volatility has the command", out.Name)
	}
	out.Command = b.commandName(m, opt)
	return out
}

// commandName is the name that users type.
func (b *builder) commandName(m *protogen.Message, opt *volrenderv1.Command) string {
	switch {
	case opt != nil && opt.Name != nil:
		if !commandName.MatchString(opt.GetName()) {
			b.errorf(optionPos(m.Desc, 1), "use letters, digits, `_`, `.` and `-`, and begin with a letter or digit",
				"message %q: %q can't be a command's name", m.Desc.Name(), opt.GetName())
		}
		return opt.GetName()
	case opt.GetVolatility2().GetPlugin() != "":
		return opt.GetVolatility2().GetPlugin()
	}
	return string(m.Desc.Name())
}

// unknown refuses what a newer options.proto has and this program does not
// know: leaving it out would give other rows than the schema says.
func (b *builder) unknown(d protoreflect.Descriptor, option proto.Message) {
	var find func(m protoreflect.Message) bool
	find = func(m protoreflect.Message) bool {
		found := len(m.GetUnknown()) > 0
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			if f.Message() != nil && !f.IsList() {
				found = found || find(v.Message())
			}
			if f.Enum() != nil && f.Enum().Values().ByNumber(v.Enum()) == nil {
				found = true
			}
			return !found
		})
		return found
	}
	if option.ProtoReflect().IsValid() && find(option.ProtoReflect()) {
		b.errorf(optionPos(d), "install the protoc-gen-volrender that came with that options.proto",
			"the option of %q has parts that this protoc-gen-volrender does not know", d.Name())
	}
}
