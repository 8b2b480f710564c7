package dynamic_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/internal/fuzz/message"
	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
)

// TestJSONRoundTrip: what jsonl prints of a row makes the row again, but for what
// it can't say: bytes that are not UTF-8, and times that are none.
func TestJSONRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	for _, p := range pairs(t) {
		t.Run(p.command.Name, func(t *testing.T) {
			compared := 0
			for range 300 {
				r := p.typ.New()
				if r.Decode(message.Random(random, p.descriptor)) != nil || !sayable(row.NestedValue(true, r)) ||
					p.typ.New().Decode(r.Append(nil)) != nil { // it grew too deep
					continue
				}
				line := jsonLine(t, p.typ, r)
				again, err := p.typ.FromJSON([]byte(line))
				if err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				if got, want := row.NestedValue(true, again), row.NestedValue(true, r); !got.Equal(want) {
					t.Fatalf("%s\nis read as %v\nwas %v", line, got, want)
				}
				compared++
			}
			if compared < 50 {
				t.Errorf("only %d rows were compared", compared)
			}
		})
	}
}

func jsonLine(t *testing.T, typ *dynamic.Type, r row.Row) string {
	t.Helper()
	var out strings.Builder
	p, err := format.New("jsonl", &out, row.Command{Message: typ.Message(), New: typ.New})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Frame(r.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(true); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sayable reports whether JSON has all of a value.
func sayable(v row.Value) bool {
	switch v.Kind() {
	case row.String:
		return utf8.ValidString(v.Str())
	case row.Time:
		at := v.Timestamp()
		return !v.Present() || at.Nanos >= 0 && at.Nanos < 1e9 && (at.Time().Year() >= 1 && at.Time().Year() <= 9999 || at.Nanos == 0)
	case row.List:
		for i := range v.Len() {
			if !sayable(v.Index(i)) {
				return false
			}
		}
	case row.Map:
		for key, value := range v.Entries() {
			if !sayable(key) || !sayable(value) {
				return false
			}
		}
	case row.Nested:
		for i := 0; v.Present() && i < len(v.Row().Message().Fields); i++ {
			if !sayable(v.Row().Value(i)) {
				return false
			}
		}
	}
	return true
}

// TestFromJSON: what else may stand there than what jsonl prints.
func TestFromJSON(t *testing.T) {
	_, typ := languageType(t)
	_, err := typ.FromJSON([]byte(`{
		"required": "0x10", "addresses": ["0xffffffff81000000", "7"], "counts": {"a": "3"},
		"parts": {"-5": {"required": 1}}, "unknownName": null}`))
	if err == nil || err.Error() != `language.M has no field "unknownName"` {
		t.Errorf("an unknown field: %v", err)
	}
	r, err := typ.FromJSON([]byte(`{
		"required": "0x10", "addresses": ["0xffffffff81000000", "7"], "counts": {"a": "3"},
		"times": ["2026-01-01T01:00:00+01:00", "@253402300800"],
		"state": 9, "states": {"true": "GONE"}, "raw": [""], "group": null, "named": ""}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `{required: 16, addresses: [18446744071578845184, 7], counts: {"a": 3}, state: 9, ` +
		`times: [2026-01-01T00:00:00Z, 10000-01-01T00:00:00Z], raw: [""], states: {true: GONE}, implicit: 0, named: ""}`
	if diff := cmp.Diff(want, row.NestedValue(true, r).String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFromJSONErrors: each names the field.
func TestFromJSONErrors(t *testing.T) {
	_, typ := languageType(t)
	deep := strings.Repeat(`{"required":1,"self":`, 101) + "null" + strings.Repeat("}", 101)
	deepest := strings.Repeat(`{"required":1,"self":`, 100) + `{"required":1,"counts":{"a":1}}` + strings.Repeat("}", 100)
	if _, err := typ.FromJSON([]byte(deep)); err != nil {
		t.Errorf("100 levels: %v", err)
	}
	for json, want := range map[string]string{
		``:                                 "it is no JSON: EOF",
		`{"required":1`:                    "it is no JSON: unexpected EOF",
		`{"required":1}{}`:                 "there is more behind the JSON object",
		`7`:                                "7 is not a JSON object",
		`{}`:                               "required field language.M.required not set",
		`{"required":1.5}`:                 `required: "1.5" is no number that fits int32`,
		`{"required":4294967296}`:          `required: "4294967296" is no number that fits int32`,
		`{"required":true}`:                `required: true is not a number`,
		`{"self":{"required":1,"x":2}}`:    `language.M has no field "self.x"`,
		`{"self":[]}`:                      `self: [] is not a JSON object`,
		`{"addresses":[1,-1]}`:             `addresses[1]: "-1" is no number that fits uint64`,
		`{"addresses":1}`:                  `addresses: 1 is not a JSON array`,
		`{"addresses":[null]}`:             `addresses[0]: null is not a number`,
		`{"counts":[]}`:                    `counts: [] is not a JSON object`,
		`{"parts":{"x":{}}}`:               `parts["x"]: "x" is no number that fits int64`,
		`{"parts":{"1":{"implicit":"a"}}}`: `parts["1"].implicit: "a" is no number that fits int32`,
		`{"states":{"maybe":1}}`:           `states["maybe"]: it is neither true nor false`,
		`{"states":{"true":"MAYBE"}}`:      `states["true"]: "MAYBE" is not a name of language.E or a number`,
		`{"text":"a","message":{}}`:        `oneof content`,
		`{"times":["yesterday"]}`:          `times[0]: "yesterday" is not a time as in RFC 3339`,
		`{"times":[1]}`:                    `times[0]: 1 is not a time as in RFC 3339`,
		`{"raw":["\u00ff"]}`:               `raw[0]: "ÿ" is not a string in base64`,
		`{"named":1}`:                      `named: 1 is not a string`,
		`{"named":["` + strings.Repeat("é", 50) + `"]}`:    `named: ["` + strings.Repeat("é", 19) + "… is not a string",
		strings.Replace(deep, "null", `{"required":1}`, 1): row.ErrNesting.Error(),
		deepest: row.ErrNesting.Error(),
	} {
		_, err := typ.FromJSON([]byte(json))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", json, err, want)
		}
	}
}

// TestTypeOfRow: of generated rows too.
func TestTypeOfRow(t *testing.T) {
	for _, p := range pairs(t) {
		typ, err := dynamic.TypeOfRow(p.command.New())
		if err != nil || typ.Message().FullName != p.command.Message.FullName {
			t.Errorf("%s: %v", p.command.Name, err)
		}
	}
	_, typ := languageType(t)
	if got, err := dynamic.TypeOfRow(typ.New()); got != typ || err != nil {
		t.Errorf("%p, %v; want %p", got, err, typ)
	}
}

// FuzzJSON: whatever the JSON is, there is an error, or a row that is read again as
// it was.
func FuzzJSON(f *testing.F) {
	_, typ := languageType(f)
	f.Add([]byte(`{"required":1,"addresses":[1],"counts":{"a":2},"parts":{"-5":{"required":2}},"states":{"true":"GONE"}}`))
	f.Add([]byte(`{"required":"0x1","group":{"required":1},"text":"a","times":["@1","2026-01-01T00:00:00Z"],"raw":["AA=="]}`))
	f.Fuzz(func(t *testing.T, object []byte) {
		r, err := typ.FromJSON(object)
		if err != nil {
			return
		}
		again := typ.New()
		if err := again.Decode(r.Append(nil)); err != nil {
			t.Fatal(err)
		}
		if got, want := row.NestedValue(true, again), row.NestedValue(true, r); !got.Equal(want) {
			t.Fatalf("read again as %v, was %v", got, want)
		}
	})
}
