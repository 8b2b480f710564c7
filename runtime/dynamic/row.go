package dynamic

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

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
	return &dynamicRow{t, dynamicpb.NewMessage(t.descriptor)}
}

// dynamicRow is a row over a dynamic message.
type dynamicRow struct {
	typ     *Type
	message *dynamicpb.Message
}

func (r *dynamicRow) Message() *row.Message { return &r.typ.message }

func (r *dynamicRow) Decode(frame []byte) error {
	err := proto.Unmarshal(frame, r.message)
	if err != nil {
		proto.Reset(r.message)
		return fmt.Errorf("%s: %w", r.typ.message.FullName, err)
	}
	return nil
}

func (r *dynamicRow) UnknownFields() int { return unknownFields(r.message) }

func (r *dynamicRow) Append(b []byte) []byte {
	// The one error that AllowPartial leaves is text that is not UTF-8, which
	// Decode does not let in.
	out, err := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.MarshalAppend(b, r.message)
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
	present := !f.descriptor.HasPresence() || r.message.Has(f.descriptor)
	return f.value(present, r.message.Get(f.descriptor), r.typ.message.Fields[i].Enum)
}

// value turns protobuf's value of a field into a row's.
func (f *field) value(present bool, v protoreflect.Value, names map[int32]string) row.Value {
	switch f.kind {
	case row.Bool:
		return row.BoolValue(present, v.Bool())
	case row.Int:
		return row.IntValue(present && !f.absent(uint64(v.Int())), v.Int())
	case row.Uint:
		return row.UintValue(present && !f.absent(v.Uint()), v.Uint())
	case row.Float:
		return row.FloatValue(present, float32(v.Float()))
	case row.Double:
		return row.DoubleValue(present, v.Float())
	case row.String:
		return row.StringValue(present, v.String())
	case row.Bytes:
		return row.BytesValue(present, v.Bytes())
	case row.Enum:
		return row.EnumValue(present, int32(v.Enum()), names)
	}
	return row.TimeValue(present, timestamp(v.Message()))
}

// absent reports whether a number stands for no value.
func (f *field) absent(bits uint64) bool { return f.absentValue != nil && bits == *f.absentValue }

// timestamp reads a google.protobuf.Timestamp.
func timestamp(m protoreflect.Message) row.Timestamp {
	fields := m.Descriptor().Fields()
	return row.Timestamp{
		Seconds: m.Get(fields.ByNumber(1)).Int(),
		Nanos:   int32(m.Get(fields.ByNumber(2)).Int()),
	}
}
