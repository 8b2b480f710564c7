package dynamic

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/runtime/row"
)

// scalar is a single value but for a message.
func scalar(fd protoreflect.FieldDescriptor, v any) (protoreflect.Value, error) {
	text, isText := v.(string)
	if n, ok := v.(json.Number); ok {
		text = n.String()
	}
	switch kind := fd.Kind(); kind {
	case protoreflect.BoolKind:
		if truth, ok := v.(bool); ok {
			return protoreflect.ValueOfBool(truth), nil
		}
		return protoreflect.Value{}, mistake("", "true or false", v)
	case protoreflect.StringKind:
		if isText {
			return protoreflect.ValueOfString(text), nil
		}
		return protoreflect.Value{}, mistake("", "a string", v)
	case protoreflect.BytesKind:
		content, err := base64.StdEncoding.DecodeString(text)
		if !isText || err != nil {
			return protoreflect.Value{}, mistake("", "a string in base64", v)
		}
		return protoreflect.ValueOfBytes(content), nil
	case protoreflect.EnumKind:
		if named := fd.Enum().Values().ByName(protoreflect.Name(text)); isText && named != nil {
			return protoreflect.ValueOfEnum(named.Number()), nil
		}
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return protoreflect.Value{}, mistake("", "a name of "+string(fd.Enum().FullName())+" or a number", v)
		}
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n)), nil
	default:
		if text == "" {
			return protoreflect.Value{}, mistake("", "a number", v)
		}
		return number(kind, text)
	}
}

// mapKey is a key, which JSON has as a string.
func mapKey(fd protoreflect.FieldDescriptor, name string) (protoreflect.Value, error) {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(name), nil
	case protoreflect.BoolKind:
		if name != "true" && name != "false" {
			return protoreflect.Value{}, errors.New("it is neither true nor false")
		}
		return protoreflect.ValueOfBool(name == "true"), nil
	}
	return number(fd.Kind(), name)
}

// number reads an integer, in decimal or with 0x, or a floating one.
func number(kind protoreflect.Kind, text string) (protoreflect.Value, error) {
	digits, base := text, 10
	if after, ok := strings.CutPrefix(text, "0x"); ok {
		digits, base = after, 16
	}
	var v protoreflect.Value
	var err error
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		var n int64
		n, err = strconv.ParseInt(digits, base, 32)
		v = protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		var n int64
		n, err = strconv.ParseInt(digits, base, 64)
		v = protoreflect.ValueOfInt64(n)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		var n uint64
		n, err = strconv.ParseUint(digits, base, 32)
		v = protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		var n uint64
		n, err = strconv.ParseUint(digits, base, 64)
		v = protoreflect.ValueOfUint64(n)
	case protoreflect.FloatKind:
		var f float64
		f, err = strconv.ParseFloat(text, 32)
		v = protoreflect.ValueOfFloat32(float32(f))
	default:
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		v = protoreflect.ValueOfFloat64(f)
	}
	if err != nil {
		return v, fmt.Errorf("%q is no number that fits %v", text, kind)
	}
	return v, nil
}

// setTimestamp reads a time in RFC 3339, or @ and the seconds since 1970.
func setTimestamp(m protoreflect.Message, v any, path string) error {
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	stamp := row.TimestampOf(at)
	if seconds, ok := strings.CutPrefix(text, "@"); ok {
		stamp = row.Timestamp{}
		stamp.Seconds, err = strconv.ParseInt(seconds, 10, 64)
	}
	if err != nil {
		return mistake(path, "a time as in RFC 3339", v)
	}
	fields := m.Descriptor().Fields()
	m.Set(fields.ByNumber(1), protoreflect.ValueOfInt64(stamp.Seconds))
	m.Set(fields.ByNumber(2), protoreflect.ValueOfInt32(stamp.Nanos))
	return nil
}

// mistake tells what stands where something else is wanted.
func mistake(path, wanted string, v any) error {
	got, err := json.Marshal(v)
	if err != nil || len(got) > 40 {
		got = append(got[:min(len(got), 40)], "…"...)
	}
	if path != "" {
		path += ": "
	}
	return fmt.Errorf("%s%s is not %s", path, got, wanted)
}
