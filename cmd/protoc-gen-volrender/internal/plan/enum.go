package plan

import (
	"google.golang.org/protobuf/compiler/protogen"
)

// enum plans an enum, once.
func (b *builder) enum(e *protogen.Enum) *Enum {
	if out, ok := b.enums[e.Desc.FullName()]; ok {
		return out
	}
	out := &Enum{
		Name:     string(e.Desc.Name()),
		FullName: string(e.Desc.FullName()),
		Doc:      doc(e.Desc, e.Comments),
		Closed:   e.Desc.IsClosed(),
	}
	for _, v := range e.Values {
		out.Values = append(out.Values, EnumValue{
			Name:   string(v.Desc.Name()),
			Doc:    doc(v.Desc, v.Comments),
			Number: int32(v.Desc.Number()),
		})
	}
	b.enums[e.Desc.FullName()] = out
	return out
}

// walkEnums visits the enums of a file in the order of the file: those of the
// top level, then those of each message.
func walkEnums(enums []*protogen.Enum, messages []*protogen.Message, visit func(*protogen.Enum)) {
	for _, e := range enums {
		visit(e)
	}
	for _, m := range messages {
		walkEnums(m.Enums, m.Messages, visit)
	}
}
