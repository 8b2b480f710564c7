package dynamic

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/internal/pberror"
	"github.com/volint/volint/runtime/row"
)

// NewRow returns an empty row of a message: TypeOf, then New.
func NewRow(md protoreflect.MessageDescriptor) (row.Row, error) {
	t, err := TypeOf(md)
	if err != nil {
		return nil, err
	}
	return t.New(), nil
}

// New returns an empty row. It borrows nothing from the frames that it decodes.
func (t *Type) New() row.Row {
	return &dynamicRow{t, dynamicpb.NewMessage(t.descriptor), 0}
}

// dynamicRow is a row over a dynamic message, or a message within such a row.
type dynamicRow struct {
	typ     *Type
	message protoreflect.Message
	unknown int // notCounted for a message within a row
}

const notCounted = -1

func (r *dynamicRow) Message() *row.Message { return &r.typ.message }

// Extensions are fields that the schema does not have, whatever the program
// links; and depth has been checked by the scanner.
var decoder = proto.UnmarshalOptions{Resolver: new(protoregistry.Types)}

func (r *dynamicRow) Decode(frame []byte) error {
	s, err := scan(frame, r.typ)
	if err == nil {
		if err = decoder.Unmarshal(s.harmless(), r.message.Interface()); err != nil {
			err = fmt.Errorf("%s: %w", r.typ.message.FullName, pberror.Plain(err))
		}
	}
	if err != nil {
		proto.Reset(r.message.Interface())
		r.unknown = 0
		return err
	}
	r.unknown = s.unknown
	return nil
}

func (r *dynamicRow) UnknownFields() int {
	if r.unknown == notCounted {
		// Whole or not, what protobuf-go wrote itself can be walked.
		s, _ := scan(r.Append(nil), r.typ)
		r.unknown = s.unknown
	}
	return r.unknown
}

func (r *dynamicRow) Append(b []byte) []byte {
	// The one error that AllowPartial leaves is text that is not UTF-8, which
	// Decode does not let in.
	out, err := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.MarshalAppend(b, r.message.Interface())
	if err != nil {
		return b
	}
	return out
}

func (r *dynamicRow) Value(i int) row.Value {
	if i < 0 || i >= len(r.typ.fields) {
		return row.Value{}
	}
	f := &r.typ.fields[i]
	v := r.message.Get(f.descriptor)
	switch {
	case f.descriptor.IsList():
		return f.list(v.List())
	case f.descriptor.IsMap():
		return f.mapping(v.Map())
	}
	return f.value.of(!f.descriptor.HasPresence() || r.message.Has(f.descriptor), v)
}
