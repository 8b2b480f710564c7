package plan

import (
	"slices"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
)

// command plans a message that is a command.
func (b *builder) command(m *protogen.Message, out *Message) {
	opt := option.Command(m.Desc)
	b.unknown(m.Desc, opt)
	if len(m.Fields) == 0 {
		b.errorf(out.Pos, "give it a field, or take the option out: it is no command then",
			"message %q has no fields, so that there is nothing to fill", out.Name)
	}
	fields := b.fields(m, out)
	b.linkAbsence(fields)
	b.treeDepth(fields)
	b.keys(fields)

	mistakes := len(b.errs)
	out.Volatility2 = b.source(m, opt, fields, versions[0])
	out.Volatility3 = b.source(m, opt, fields, versions[1])
	if len(b.errs) > mistakes && b.opts.NoDropIns && onlyConvention(opt, fields) {
		b.errs = b.errs[:mistakes]
		out.Volatility2, out.Volatility3 = nil, nil
		return
	}
	if out.Volatility2 == nil && out.Volatility3 == nil {
		b.errorf(optionPos(m.Desc), "take one of the two `none` out, or write `ignore: true` alone",
			"message %q: neither version of Volatility has the command", out.Name)
	}
	out.Command, b.named[out] = b.commandName(m, opt), opt != nil
}

// onlyConvention reports a message that nothing says Volatility has: it is a
// command by the convention alone, and where it does not fit there, and nothing is
// made for Volatility, it may as well be none.
func onlyConvention(opt *volrenderv1.Command, fields []*fieldDraft) bool {
	return opt == nil && !slices.ContainsFunc(fields, func(f *fieldDraft) bool { return f.opt != nil })
}

// part plans a message that is no command: a program may read and write it, alone
// or as the type of a field.
func (b *builder) part(m *protogen.Message, out *Message) {
	b.fields(m, out)
}

// fields plans a message's fields and oneofs.
func (b *builder) fields(m *protogen.Message, out *Message) []*fieldDraft {
	oneofs := map[protoreflect.FullName]*Oneof{}
	for _, o := range m.Oneofs {
		if !o.Desc.IsSynthetic() {
			planned := &Oneof{Name: string(o.Desc.Name()), Doc: doc(o.Desc, o.Comments)}
			oneofs[o.Desc.FullName()] = planned
			out.Oneofs = append(out.Oneofs, planned)
		}
	}
	out.Flat = true
	bits := 0
	drafts := make([]*fieldDraft, len(m.Fields))
	for i, f := range m.Fields {
		d := b.field(f)
		drafts[i] = d
		out.Fields = append(out.Fields, d.Field)
		if o := f.Oneof; o != nil && oneofs[o.Desc.FullName()] != nil {
			d.Oneof = oneofs[o.Desc.FullName()]
			d.Oneof.Fields = append(d.Oneof.Fields, i)
		}
		out.Flat = out.Flat && d.Label == Singular && d.Kind != MessageKind
		if d.Label == Singular && d.Kind != MessageKind && d.Presence != Implicit {
			d.Bit = bits
			bits++
		}
	}
	return drafts
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
			switch {
			case f.Message() != nil && f.IsList():
				for i := range v.List().Len() {
					found = found || find(v.List().Get(i).Message())
				}
			case f.Message() != nil:
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
