package oracle

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// known returns a well-formed message without its unknown fields, in which no
// group is left that is not known.
func known(b []byte, md protoreflect.MessageDescriptor) []byte {
	var out []byte
	for len(b) > 0 {
		number, typ, n := tag(b)
		size := protowire.ConsumeFieldValue(number, typ, b[n:])
		fd, content := field(md, number, typ), b[n:n+size]
		b = b[n+size:]
		switch {
		case fd == nil:
		case fd.Kind() == protoreflect.GroupKind:
			content, _ = protowire.ConsumeGroup(number, content)
			out = protowire.AppendTag(out, number, typ)
			out = protowire.AppendGroup(out, number, known(content, fd.Message()))
		case fd.Message() != nil:
			content, _ = protowire.ConsumeBytes(content)
			out = protowire.AppendBytes(protowire.AppendTag(out, number, typ), known(content, fd.Message()))
		default:
			out = append(protowire.AppendTag(out, number, typ), content...)
		}
	}
	return out
}
