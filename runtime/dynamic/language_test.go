package dynamic_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
)

// language has every shape of field.
const language = `
	edition = "2023";
	package language;
	import "google/protobuf/struct.proto";
	import "google/protobuf/timestamp.proto";
	import "volint/volrender/v1/options.proto";
	message M {
		int32 required = 1 [features.field_presence = LEGACY_REQUIRED];
		repeated uint64 addresses = 2 [(volint.volrender.v1.field).meaning = MEANING_ADDRESS];
		repeated sint32 expanded = 3 [features.repeated_field_encoding = EXPANDED];
		map<string, uint32> counts = 4;
		map<int64, M> parts = 5;
		M self = 6;
		M group = 7 [features.message_encoding = DELIMITED];
		repeated M groups = 8 [features.message_encoding = DELIMITED];
		oneof content { string text = 9; M message = 10; }
		E state = 11 [default = GONE];
		repeated google.protobuf.Timestamp times = 12;
		google.protobuf.Value any = 13;
		repeated bytes raw = 14;
		map<bool, E> states = 15;
		int32 implicit = 16 [features.field_presence = IMPLICIT];
		string named = 17 [default = "x\t"];
		extensions 100 to 200;
	}
	enum E { NONE = 0; GONE = 2; }
	extend M { string extended = 100; }
`

func languageType(t testing.TB) (protoreflect.MessageDescriptor, *dynamic.Type) {
	t.Helper()
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(protocompile.CompositeResolver{
		&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(map[string]string{"l.proto": language})},
		schemas(),
	})}
	files, err := compiler.Compile(context.Background(), "l.proto")
	if err != nil {
		t.Fatal(err)
	}
	md := files[0].Messages().ByName("M")
	typ, err := dynamic.TypeOf(md)
	if err != nil {
		t.Fatal(err)
	}
	return md, typ
}

// decodeText reads a message in text format that protobuf writes as frames.
func decodeText(t *testing.T, text string) row.Row {
	t.Helper()
	md, typ := languageType(t)
	m := dynamicpb.NewMessage(md)
	if err := prototext.Unmarshal([]byte(text), m); err != nil {
		t.Fatal(err)
	}
	frame, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	r := typ.New()
	if err := r.Decode(frame); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLanguage(t *testing.T) {
	r := decodeText(t, `
		required: 1 addresses: [1, 18446744073709551615] expanded: [-1, 2]
		counts { key: "b" value: 2 } counts { key: "a" value: 1 } counts { key: "empty" }
		parts { key: -5 value { required: 2 } } parts { key: -9 value { required: 3 } }
		self { required: 4 self { required: 5 } }
		group { required: 6 } groups { required: 7 } groups { required: 8 }
		message { required: 9 text: "in" }
		times { seconds: 1 } times {}
		any { list_value { values { number_value: 1.5 } values { null_value: NULL_VALUE } } }
		raw: ["\xff", ""]
		states { key: true value: GONE } states { key: false value: NONE }`)
	want := "required: 1|addresses: [1, 18446744073709551615]|expanded: [-1, 2]|" +
		`counts: {"a": 1, "b": 2, "empty": 0}|parts: {-9: {required: 3, implicit: 0}, -5: {required: 2, implicit: 0}}|` +
		"self: {required: 4, self: {required: 5, implicit: 0}, implicit: 0}|group: {required: 6, implicit: 0}|" +
		"groups: [{required: 7, implicit: 0}, {required: 8, implicit: 0}]|text: -|" +
		`message: {required: 9, text: "in", implicit: 0}|state: -|times: [1970-01-01T00:00:01Z, 1970-01-01T00:00:00Z]|` +
		"any: {list_value: {values: [{number_value: 1.5}, {null_value: NULL_VALUE}]}}|" +
		`raw: ["\xff", ""]|states: {false: NONE, true: GONE}|implicit: 0|named: -`
	var got []string
	for i, f := range r.Message().Fields {
		got = append(got, f.Name+": "+r.Value(i).String())
	}
	if diff := cmp.Diff(strings.Split(want, "|"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := r.Message()
	if nested := r.Value(5).Row().Message(); nested != again {
		t.Errorf("a message in itself is described by another %p than %p", nested, again)
	}
}

// TestLanguageDescribed: what a program may ask about the fields.
func TestLanguageDescribed(t *testing.T) {
	_, typ := languageType(t)
	fields := map[string]row.Field{}
	for _, f := range typ.Message().Fields {
		fields[f.Name] = f
	}
	for what, ok := range map[string]bool{
		"a repeated field":   fields["addresses"].List && fields["addresses"].Kind == row.Uint && fields["addresses"].Meaning == row.Address,
		"a map":              fields["counts"].Key == row.String && fields["counts"].Kind == row.Uint && !fields["counts"].List,
		"a map of messages":  fields["parts"].Key == row.Int && fields["parts"].Kind == row.Nested && fields["parts"].Message() == typ.Message(),
		"a map of enums":     fields["states"].Key == row.Bool && fields["states"].Enum[2] == "GONE",
		"a message":          fields["any"].Message().FullName == "google.protobuf.Value",
		"members of a oneof": fields["text"].Oneof == "content" && fields["message"].Oneof == "content" && fields["self"].Oneof == "",
		"repeated times":     fields["times"].List && fields["times"].Kind == row.Time && fields["times"].Message == nil,
		"a default":          fields["state"].Default.EnumName() == "GONE" && fields["named"].Default.Str() == "x\t",
		"no default":         fields["required"].Default.Kind() == 0,
	} {
		if !ok {
			t.Error(what)
		}
	}
}

// TestUnknownFields: what the schema does not have is counted wherever it lies, and
// extensions are among it.
func TestUnknownFields(t *testing.T) {
	_, typ := languageType(t)
	const required, unknown, extension = "\x08\x01", "\xf8\x07\x01", "\xa2\x06\x01x"
	in := func(tag, content string) string {
		return string(protowire.AppendString([]byte(tag), content))
	}
	for name, test := range map[string]struct {
		frame string
		want  int
	}{
		"none":                        {required, 0},
		"two":                         {unknown + required + unknown, 2},
		"an extension":                {required + extension, 1},
		"another wire type":           {required + "\x0d\x01\x02\x03\x04", 1},
		"a group as one":              {required + "\xfb\x07" + unknown + unknown + "\xfc\x07", 1},
		"in a message":                {required + in("\x32", required+unknown), 1},
		"in a group":                  {required + "\x3b" + required + unknown + "\x3c", 1},
		"in a map's entry":            {required + in("\x22", unknown+extension), 2},
		"in a map's message":          {required + in("\x2a", in("\x12", required+unknown)), 1},
		"in a member that is cleared": {required + in("\x52", required+unknown) + in("\x4a", "text"), 1},
		"in a Timestamp":              {required + in("\x62", unknown), 1},
	} {
		r := typ.New()
		if err := r.Decode([]byte(test.frame)); err != nil || r.UnknownFields() != test.want {
			t.Errorf("%s: %d, %v; want %d", name, r.UnknownFields(), err, test.want)
		}
	}

	r := typ.New()
	if err := r.Decode([]byte(required + unknown + in("\x32", required+unknown))); err != nil || r.UnknownFields() != 2 {
		t.Errorf("%d, %v", r.UnknownFields(), err)
	}
	if n := r.Value(5).Row().UnknownFields(); n != 1 {
		t.Errorf("the message within has %d", n)
	}
	if err := r.Decode([]byte("\x08")); err == nil || r.UnknownFields() != 0 {
		t.Errorf("after an error: %d, %v", r.UnknownFields(), err)
	}
}

// TestDepth: a hundred levels below the row, of messages, groups and the entries of
// maps; C++ and upb take as many.
func TestDepth(t *testing.T) {
	_, typ := languageType(t)
	around := func(before, after string) func(string) string {
		return func(s string) string { return before + s + after }
	}
	within := func(tag, required string) func(string) string {
		return func(s string) string {
			return required + string(protowire.AppendString([]byte(tag), s))
		}
	}
	for name, test := range map[string]struct {
		wrap func(string) string
		most int
	}{
		"messages":       {within("\x32", "\x08\x01"), 100},
		"groups":         {around("\x08\x01\x3b", "\x3c"), 100},
		"unknown groups": {around("\xfb\x07", "\xfc\x07"), 100},
		"maps":           {func(s string) string { return within("\x2a", "\x08\x01")(within("\x12", "")(s)) }, 50},
	} {
		for n, want := range map[int]error{test.most: nil, test.most + 1: row.ErrNesting, 5000: row.ErrNesting} {
			s := "\x08\x01"
			for range n {
				s = test.wrap(s)
			}
			if name == "unknown groups" {
				s += "\x08\x01"
			}
			if err := typ.New().Decode([]byte(s)); !errors.Is(err, want) {
				t.Errorf("%d %s: %v, want %v", n, name, err, want)
			}
		}
	}
}

// TestMalformed: the errors have the field and the place.
func TestMalformed(t *testing.T) {
	_, typ := languageType(t)
	for frame, want := range map[string]string{
		"\x08":                              "language.M, field required, at byte 1: " + row.ErrTruncated.Error(),
		"\x32\x03\x08\x01\x08":              "language.M, field required, at byte 5: " + row.ErrTruncated.Error(),
		"\x32\x05\x08\x01":                  "language.M, field self, at byte 1: " + row.ErrTruncated.Error(),
		"\x3b\x08\x01":                      "language.M, field 7, at byte 3: " + row.ErrTruncated.Error(),
		"\x3b\x08\x01\x44":                  "language.M, field 8, at byte 4: " + row.ErrGroup.Error(),
		"\x3c":                              "language.M, field 7, at byte 1: " + row.ErrGroup.Error(),
		"\x00\x01":                          "language.M, at byte 0: " + row.ErrTag.Error(),
		"\x88\x80\x80\x80\x80\x00\x01":      "language.M, at byte 0: " + row.ErrTag.Error(),
		"\x80\x80\x80\x80\x10\x01":          "language.M, at byte 0: " + row.ErrTag.Error(),
		"\x88\x80":                          "language.M, at byte 0: " + row.ErrTruncated.Error(),
		"\x0e":                              "language.M, field 1, at byte 1: " + row.ErrWireType.Error(),
		"\x08" + strings.Repeat("\xff", 11): "language.M, field required, at byte 1: " + row.ErrOverflow.Error(),
		"\x08\x01\x4a\x01\xff":              "language.M: field language.M.text contains invalid UTF-8",
		"\x10\x01":                          "language.M: required field language.M.required not set",
		"\x08\x01\x2a\x04\x08\x01\x12\x00":  "language.M: required field language.M.required not set",
		"\x08\x01\x12\x02\x01\x80":          "language.M, field addresses, at byte 5: " + row.ErrTruncated.Error(),
	} {
		err := typ.New().Decode([]byte(frame))
		if err == nil || err.Error() != want {
			t.Errorf("%x: %v, want %s", frame, err, want)
		}
	}
}

// TestStrangeKeys: protobuf-go panics at a key of another wire type than the map's
// behind a good one. To others it is a field that is not known.
func TestStrangeKeys(t *testing.T) {
	_, typ := languageType(t)
	const required, good = "\x08\x01", "\x0a\x01k\x10\x07"
	for name, strange := range map[string]string{
		"a varint":         "\x08\x05",
		"in five bytes":    "\x88\x80\x80\x80\x00\x05",
		"a group":          "\x0b\x10\x01\x0c",
		"a group in group": "\x0b\x13\x08\x01\x14\x8c\x80\x00",
		"fixed":            "\x0d\x01\x02\x03\x04",
	} {
		frame := []byte(required + "\x22" + string(protowire.AppendString(nil, good+strange)))
		r, before := typ.New(), bytes.Clone(frame)
		if err := r.Decode(frame); err != nil || r.UnknownFields() != 1 {
			t.Errorf("%s: %d, %v", name, r.UnknownFields(), err)
		}
		if got := r.Value(3).String(); got != `{"k": 7}` || !bytes.Equal(frame, before) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
