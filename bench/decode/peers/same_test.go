package peers

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/bench/decode/rows"
)

// TestSame holds that all peers read from each set the values that it was made of,
// and that all write a row that reads the same again.
func TestSame(t *testing.T) {
	for _, name := range sets {
		for _, p := range all {
			t.Run(name+"/"+p.name, func(t *testing.T) { same(t, name, p) })
		}
	}
}

func same(t *testing.T, name string, p peer) {
	set := load(t, name)
	decode, last := p.decoder(name)
	var sums rows.Sums
	for i, frame := range set.Frames[:rows.Checked] {
		if err := decode(frame); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		sums.Add(plain(name, last()))
		if i%100 == 0 && p.encode != nil {
			encodesTheSame(t, name, p, frame, last())
		}
	}
	if diff := cmp.Diff(set.Sums, sums); diff != "" {
		t.Errorf("sums of the fields (-made +read):\n%s", diff)
	}
}

// encodesTheSame encodes a row and reads it by hand. Peers may write a field that
// is zero, which proto3 leaves out, and a map in any order: bytes are not compared.
func encodesTheSame(t *testing.T, name string, p peer, frame []byte, row any) {
	t.Helper()
	data, err := p.encode(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	var want, got rows.Sums
	for sums, data := range map[*rows.Sums][]byte{&want: frame, &got: data} {
		decode, last := handReused(name)
		if err := decode(data); err != nil {
			t.Fatal(err)
		}
		sums.Add(last())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what it encodes reads otherwise (-want +got):\n%s", diff)
	}
}

// plain makes one of package rows' structs of any peer's row.
func plain(set string, row any) any {
	out := map[string]any{
		"pslist": new(rows.Task), "mixed": new(rows.Mixed), "nested": new(rows.Process), "kallsyms": new(rows.Symbol),
	}[set]
	switch row := row.(type) {
	case proto.Message:
		fromProto(reflect.ValueOf(out).Elem(), row.ProtoReflect())
	case rows.Row:
		return row
	default:
		fromStruct(reflect.ValueOf(out).Elem(), reflect.ValueOf(row))
	}
	return out
}

// goName is the name of a field in package rows.
func goName(field protoreflect.Name) string {
	var out strings.Builder
	for _, part := range strings.Split(string(field), "_") {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}

// mark sets the presence bit of a field that has one.
func mark(out reflect.Value, name string) {
	bit := 0
	for i := range out.NumField() {
		if out.Type().Field(i).Tag.Get("opt") == "" {
			continue
		}
		if out.Type().Field(i).Name == name {
			has := out.FieldByName("Has")
			has.SetUint(has.Uint() | 1<<bit)
		}
		bit++
	}
}

func fromProto(out reflect.Value, m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := goName(field.Name())
		to := out.FieldByName(name)
		mark(out, name)
		switch {
		case field.IsMap():
			limits := make(map[string]uint64)
			v.Map().Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
				limits[key.String()] = value.Uint()
				return true
			})
			to.Set(reflect.ValueOf(limits))
		case field.IsList():
			for i := range v.List().Len() {
				element := reflect.New(to.Type().Elem()).Elem()
				setProto(element, v.List().Get(i))
				to.Set(reflect.Append(to, element))
			}
		default:
			setProto(to, v)
		}
		return true
	})
}

func setProto(to reflect.Value, v protoreflect.Value) {
	switch v := v.Interface().(type) {
	case protoreflect.Message:
		fromProto(to, v)
	case protoreflect.EnumNumber:
		to.SetInt(int64(v))
	default:
		to.Set(reflect.ValueOf(v))
	}
}

// fromStruct reads volint's structs, which have the same names and a method HasX
// for each field X that may be unset.
func fromStruct(out, from reflect.Value) {
	for i := range out.NumField() {
		field := out.Type().Field(i)
		if field.Name == "Has" {
			continue
		}
		if field.Tag.Get("opt") != "" {
			if !has(from, field.Name) {
				continue
			}
			mark(out, field.Name)
		}
		setStruct(out.Field(i), member(from, field.Name))
	}
}

func setStruct(to, from reflect.Value) {
	switch {
	case from.Kind() == reflect.Pointer:
		fromStruct(to, from)
	case from.Kind() == reflect.Struct:
		fromStruct(to, from.Addr())
	case from.Kind() == reflect.Slice && from.Type().Elem().Kind() == reflect.Struct:
		for i := range from.Len() {
			element := reflect.New(to.Type().Elem()).Elem()
			setStruct(element, from.Index(i))
			to.Set(reflect.Append(to, element))
		}
	default:
		to.Set(from.Convert(to.Type()))
	}
}

// member is a field, which has a _ behind its name where that is taken.
func member(from reflect.Value, name string) reflect.Value {
	if v := from.Elem().FieldByName(name); v.IsValid() {
		return v
	}
	return from.Elem().FieldByName(name + "_")
}

// has asks by the method, and takes the number that stands for "no value" for what
// it is on the wire: a value.
func has(from reflect.Value, name string) bool {
	method := from.MethodByName("Has" + name)
	if !method.IsValid() {
		method = from.MethodByName("Has" + name + "_")
	}
	value := member(from, name)
	return method.Call(nil)[0].Bool() || value.CanUint() && value.Uint() == 1<<64-1
}
