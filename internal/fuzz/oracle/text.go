package oracle

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
)

// Text prints the values of a message so that equal ones are equal as text, and
// in a way that is short to write in any language:
//
//	{1=-5 2=[1,2] 3=<"61":{} "62":{1=1}> 4=@12.5 5=3ff0000000000000}
//
// Fields stand in the order of their numbers, those that are set: of a list or a
// map those that have something, of implicit presence those that are not zero, of
// those with an option absent_value the ones that have another.
// Bools are 0 and 1, strings and bytes hexadecimal in quotes, float and double the
// bits of a double or nan, a Timestamp behind its length its seconds and nanoseconds. A map's
// entries are in the order of their text.
func Text(m protoreflect.Message) string {
	var fields []protoreflect.FieldDescriptor
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if !isAbsent(fd, v) {
			fields = append(fields, fd)
		}
		return true
	})
	slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	parts := make([]string, len(fields))
	for i, fd := range fields {
		parts[i] = fmt.Sprintf("%d=%s", fd.Number(), value(fd, m.Get(fd)))
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// absentValues remembers options, by field.
var absentValues sync.Map

// isAbsent reports whether the number stands for no value.
func isAbsent(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	known, ok := absentValues.Load(fd)
	if !ok {
		known = option.Field(fd)
		absentValues.Store(fd, known)
	}
	o, _ := known.(*volrenderv1.Field)
	if o == nil || o.AbsentValue == nil {
		return false
	}
	switch n := v.Interface().(type) {
	case int32:
		return uint64(n) == o.GetAbsentValue()
	case int64:
		return uint64(n) == o.GetAbsentValue()
	case uint32:
		return uint64(n) == o.GetAbsentValue()
	case uint64:
		return n == o.GetAbsentValue()
	}
	return false
}

func value(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch {
	case fd.IsMap():
		var parts []string
		v.Map().Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
			parts = append(parts, single(fd.MapKey(), key.Value())+":"+single(fd.MapValue(), v))
			return true
		})
		slices.Sort(parts)
		return "<" + strings.Join(parts, " ") + ">"
	case fd.IsList():
		parts := make([]string, v.List().Len())
		for i := range parts {
			parts[i] = single(fd, v.List().Get(i))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return single(fd, v)
}

func single(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return map[bool]string{false: "0", true: "1"}[v.Bool()]
	case protoreflect.EnumKind:
		return strconv.Itoa(int(v.Enum()))
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return Double(v.Float())
	case protoreflect.StringKind:
		return Quoted(v.String())
	case protoreflect.BytesKind:
		return Quoted(string(v.Bytes()))
	case protoreflect.MessageKind, protoreflect.GroupKind:
		m := v.Message()
		if fields := m.Descriptor().Fields(); isTimestamp(fd) {
			return fmt.Sprintf("@%d.%d", m.Get(fields.ByNumber(1)).Int(), m.Get(fields.ByNumber(2)).Int())
		}
		return Text(m)
	}
	return fmt.Sprint(v.Interface())
}

// isTimestamp reports whether a field is volint's kind of its own: one that stands
// between two tags is an ordinary message.
func isTimestamp(fd protoreflect.FieldDescriptor) bool {
	return fd.Kind() == protoreflect.MessageKind && fd.Message().FullName() == "google.protobuf.Timestamp"
}

// Double prints a number's bits.
func Double(f float64) string {
	if math.IsNaN(f) {
		return "nan"
	}
	return fmt.Sprintf("%016x", math.Float64bits(f))
}

// Quoted prints text or bytes.
func Quoted(s string) string { return `"` + hex.EncodeToString([]byte(s)) + `"` }
