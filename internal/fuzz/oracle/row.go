package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/runtime/row"
)

// ReadRow reads a message into a row.
func ReadRow(r row.Row, md protoreflect.MessageDescriptor, b []byte) Result {
	if err := r.Decode(b); err != nil {
		return Result{}
	}
	return Result{OK: true, Unknown: r.UnknownFields(), Values: RowText(r, md)}
}

// RowText prints a row's values as Text does.
func RowText(r row.Row, md protoreflect.MessageDescriptor) string {
	type part struct {
		number int32
		text   string
	}
	var parts []part
	for i, f := range r.Message().Fields {
		fd := md.Fields().ByNumber(protoreflect.FieldNumber(f.Number))
		if v := r.Value(i); isSet(fd, v) {
			parts = append(parts, part{f.Number, fmt.Sprintf("%d=%s", f.Number, rowValue(fd, v))})
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.number, b.number) })
	texts := make([]string, len(parts))
	for i := range parts {
		texts[i] = parts[i].text
	}
	return "{" + strings.Join(texts, " ") + "}"
}

// isSet reports whether protobuf takes the field for set: a value of implicit
// presence is always there.
func isSet(fd protoreflect.FieldDescriptor, v row.Value) bool {
	switch {
	case v.Kind() == row.List || v.Kind() == row.Map:
		return v.Len() > 0
	case fd.HasPresence(), !v.Present():
		return v.Present()
	}
	zero := rowValue(fd, v)
	return zero != "0" && zero != `""` && zero != "0000000000000000"
}

func rowValue(fd protoreflect.FieldDescriptor, v row.Value) string {
	switch v.Kind() {
	case row.Map:
		var parts []string
		for key, value := range v.Entries() {
			parts = append(parts, rowValue(fd.MapKey(), key)+":"+rowValue(fd.MapValue(), value))
		}
		slices.Sort(parts)
		return "<" + strings.Join(parts, " ") + ">"
	case row.List:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = rowValue(fd, v.Index(i))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case row.Nested:
		return RowText(v.Row(), fd.Message())
	case row.Time:
		return fmt.Sprintf("@%d.%d", v.Timestamp().Seconds, v.Timestamp().Nanos)
	case row.Bool:
		return map[bool]string{false: "0", true: "1"}[v.Bool()]
	case row.Float, row.Double:
		return Double(v.Float())
	case row.String:
		return Quoted(v.Str())
	case row.Bytes:
		return Quoted(string(v.Bytes()))
	case row.Uint:
		return fmt.Sprint(v.Uint())
	}
	return fmt.Sprint(v.Int())
}
