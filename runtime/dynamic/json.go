package dynamic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/internal/pberror"
	"github.com/volint/volint/runtime/row"
)

// FromJSON makes a row of a JSON object, as `volint run --format jsonl` prints them;
// docs/formats.md has the form. A field may have its lowerCamelCase name too, a
// number may be a string, in hexadecimal with 0x as well. What is left out or null is
// not set, or gets the number that stands for no value. The error names the field.
func (t *Type) FromJSON(object []byte) (row.Row, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("there is more behind the JSON object")
	}
	m := dynamicpb.NewMessage(t.descriptor)
	if err := t.setMessage(m, v, "", 0); err != nil {
		return nil, err
	}
	if err := proto.CheckInitialized(m); err != nil {
		return nil, pberror.Plain(err)
	}
	return &dynamicRow{t, m, 0}, nil
}

// setMessage sets the fields that v has. path is where m is in the row, with a dot
// at its end where it is not empty.
func (t *Type) setMessage(m protoreflect.Message, v any, path string, depth int) error {
	object, ok := v.(map[string]any)
	if !ok {
		return mistake(strings.TrimSuffix(path, "."), "a JSON object", v)
	}
	for i := range t.fields {
		f := &t.fields[i]
		name := string(f.descriptor.Name())
		v, ok := object[name]
		if !ok {
			name = f.descriptor.JSONName()
			v = object[name]
		}
		delete(object, name)
		if err := f.set(m, v, path+name, depth); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		return fmt.Errorf("%s has no field %q", t.message.FullName, path+name)
	}
	return nil
}

// set sets a field, unless there is nothing to set.
func (f *field) set(m protoreflect.Message, v any, path string, depth int) error {
	fd := f.descriptor
	if v == nil {
		f.setAbsent(m)
		return nil
	}
	if o := fd.ContainingOneof(); o != nil && m.WhichOneof(o) != nil {
		return fmt.Errorf("%s: %s is set, too, and one member of oneof %s can be", path, m.WhichOneof(o).Name(), o.Name())
	}
	switch {
	case fd.IsMap():
		return f.setMap(m.Mutable(fd).Map(), v, path, depth)
	case fd.IsList():
		return f.setList(m.Mutable(fd).List(), v, path, depth)
	}
	one, err := f.value.fromJSON(fd, func() protoreflect.Value { return m.NewField(fd) }, v, path, depth)
	if err == nil {
		m.Set(fd, one)
	}
	return err
}

// setAbsent sets a number to what stands for no value, where there is such a one.
func (f *field) setAbsent(m protoreflect.Message) {
	if f.value.absentValue == nil {
		return
	}
	bits := *f.value.absentValue
	switch f.descriptor.Kind() {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		m.Set(f.descriptor, protoreflect.ValueOfInt32(int32(bits)))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		m.Set(f.descriptor, protoreflect.ValueOfInt64(int64(bits)))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		m.Set(f.descriptor, protoreflect.ValueOfUint32(uint32(bits)))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		m.Set(f.descriptor, protoreflect.ValueOfUint64(bits))
	}
}

func (f *field) setList(list protoreflect.List, v any, path string, depth int) error {
	values, ok := v.([]any)
	if !ok {
		return mistake(path, "a JSON array", v)
	}
	for i, v := range values {
		one, err := f.value.fromJSON(f.descriptor, list.NewElement, v, fmt.Sprintf("%s[%d]", path, i), depth)
		if err != nil {
			return err
		}
		list.Append(one)
	}
	return nil
}

func (f *field) setMap(m protoreflect.Map, v any, path string, depth int) error {
	object, ok := v.(map[string]any)
	switch {
	case !ok:
		return mistake(path, "a JSON object", v)
	case len(object) > 0 && depth+1 > maxDepth: // an entry is a level of its own
		return fmt.Errorf("%s: %w", path, row.ErrNesting)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := fmt.Sprintf("%s[%q]", path, name)
		key, err := mapKey(f.descriptor.MapKey(), name)
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		one, err := f.value.fromJSON(f.descriptor.MapValue(), m.NewValue, object[name], at, depth+1)
		if err != nil {
			return err
		}
		m.Set(key.MapKey(), one)
	}
	return nil
}

// fromJSON is one value. empty makes one of a message.
func (f *value) fromJSON(fd protoreflect.FieldDescriptor, empty func() protoreflect.Value, v any, path string, depth int) (one protoreflect.Value, err error) {
	switch {
	case fd.Message() == nil:
		if one, err = scalar(fd, v); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return one, err
	case depth+1 > maxDepth:
		return one, fmt.Errorf("%s: %w", path, row.ErrNesting)
	case f.kind == row.Time:
		one = empty()
		return one, setTimestamp(one.Message(), v, path)
	}
	one = empty()
	return one, f.nested.setMessage(one.Message(), v, path+".", depth+1)
}
