package dynamic

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/runtime/row"
)

// value is what turns protobuf's values of a field into a row's.
type value struct {
	kind        row.Kind
	absentValue *uint64
	names       map[int32]string // of an enum
	nested      *Type            // of a message
}

// of is one value of the field.
func (f *value) of(present bool, v protoreflect.Value) row.Value {
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
		return row.EnumValue(present, int32(v.Enum()), f.names)
	case row.Time:
		return row.TimeValue(present, timestamp(v.Message()))
	}
	if !present {
		return row.NestedValue(false, nil)
	}
	return row.NestedValue(true, &dynamicRow{f.nested, v.Message(), notCounted})
}

// absent reports whether a number stands for no value.
func (f *value) absent(bits uint64) bool { return f.absentValue != nil && bits == *f.absentValue }

func (f *field) list(l protoreflect.List) row.Value {
	return row.ListValue(l.Len(), func(i int) row.Value { return f.value.of(true, l.Get(i)) })
}

func (f *field) mapping(m protoreflect.Map) row.Value {
	return row.MapValue(m.Len(), func(yield func(row.Value, row.Value) bool) {
		m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			return yield(f.key.of(true, k.Value()), f.value.of(true, v))
		})
	})
}

// timestamp reads a google.protobuf.Timestamp.
func timestamp(m protoreflect.Message) row.Timestamp {
	fields := m.Descriptor().Fields()
	return row.Timestamp{
		Seconds: m.Get(fields.ByNumber(1)).Int(),
		Nanos:   int32(m.Get(fields.ByNumber(2)).Int()),
	}
}
