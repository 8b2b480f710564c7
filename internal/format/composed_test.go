package format_test

import (
	stdcsv "encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
)

// nested is a row within a row.
func nested(m *row.Message, values ...row.Value) row.Value {
	return row.NestedValue(true, &fakeRow{message: m, current: values})
}

func list(values ...row.Value) row.Value {
	return row.ListValue(len(values), func(i int) row.Value { return values[i] })
}

// mapping is a map of keys and values, which follow one another.
func mapping(entries ...row.Value) row.Value {
	return row.MapValue(len(entries)/2, func(yield func(row.Value, row.Value) bool) {
		for i := 0; i < len(entries) && yield(entries[i], entries[i+1]); i += 2 {
		}
	})
}

var pair = &row.Message{FullName: "test.Pair", Fields: []row.Field{
	{Name: "start", Kind: row.Uint, Meaning: row.Address},
	{Name: "name", Kind: row.String},
	{Name: "tags", Kind: row.String, List: true},
}}

func pairOf() *row.Message { return pair }

// Lists, maps and rows in rows: JSON everywhere. In cells, what people read in
// hexadecimal or as a time stays so.
func TestComposed(t *testing.T) {
	enum := map[int32]string{1: "RUNNING"}
	str := func(s string) row.Value { return row.StringValue(true, s) }
	tests := map[string]struct {
		field      row.Field
		value      row.Value
		json, cell string
	}{
		"numbers":      {row.Field{Kind: row.Int, List: true}, list(row.IntValue(true, -1), row.IntValue(true, 1<<62)), "[-1,4611686018427387904]", ""},
		"no numbers":   {row.Field{Kind: row.Int, List: true}, list(), "[]", ""},
		"addresses":    {row.Field{Kind: row.Uint, List: true, Meaning: row.Address}, list(row.UintValue(true, 1<<63)), "[9223372036854775808]", `["0x8000000000000000"]`},
		"seconds":      {row.Field{Kind: row.Uint, List: true, Meaning: row.UnixSeconds}, list(row.UintValue(true, 1)), "[1]", `["1970-01-01T00:00:01Z"]`},
		"times":        {row.Field{Kind: row.Time, List: true}, list(row.TimeValue(true, row.Timestamp{Nanos: 1})), `["1970-01-01T00:00:00.000000001Z"]`, ""},
		"texts":        {row.Field{Kind: row.String, List: true}, list(str(`a"b`), str(""), str("=1,2\n\u202e")), `["a\"b","","=1,2\u000a\u202e"]`, ""},
		"bytes":        {row.Field{Kind: row.Bytes, List: true}, list(row.BytesValue(true, []byte("\x7fELF\xff")), row.BytesValue(true, nil)), `["f0VMRv8=",""]`, ""},
		"enums":        {row.Field{Kind: row.Enum, List: true, Enum: enum}, list(row.EnumValue(true, 1, enum), row.EnumValue(true, 9, enum)), `["RUNNING",9]`, ""},
		"floats":       {row.Field{Kind: row.Float, List: true}, list(row.FloatValue(true, 0.1)), "[0.1]", ""},
		"no map":       {row.Field{Kind: row.Uint, Key: row.String}, mapping(), "{}", ""},
		"by text":      {row.Field{Kind: row.Uint, Key: row.String}, mapping(str("b"), row.UintValue(true, 2), str("a\x1b"), row.UintValue(true, 1)), `{"a\u001b":1,"b":2}`, ""},
		"by number":    {row.Field{Kind: row.Bool, Key: row.Int}, mapping(row.IntValue(true, 10), row.BoolValue(true, true), row.IntValue(true, -2), row.BoolValue(true, false)), `{"-2":false,"10":true}`, ""},
		"by a large":   {row.Field{Kind: row.Bool, Key: row.Uint}, mapping(row.UintValue(true, 1<<64-1), row.BoolValue(true, true)), `{"18446744073709551615":true}`, ""},
		"by truth":     {row.Field{Kind: row.String, Key: row.Bool}, mapping(row.BoolValue(true, true), str("y"), row.BoolValue(true, false), str("n")), `{"false":"n","true":"y"}`, ""},
		"a row":        {row.Field{Kind: row.Nested, Message: pairOf}, nested(pair, row.UintValue(true, 16), row.StringValue(false, ""), list(str("x"))), `{"start":16,"name":null,"tags":["x"]}`, `{"start":"0x0000000000000010","name":null,"tags":["x"]}`},
		"rows":         {row.Field{Kind: row.Nested, List: true, Message: pairOf}, list(nested(pair, row.UintValue(false, 0), str("n"), list())), `[{"start":null,"name":"n","tags":[]}]`, ""},
		"a map to row": {row.Field{Kind: row.Nested, Key: row.String, Message: pairOf}, mapping(str("k"), nested(pair, row.UintValue(false, 0), str(""), list())), `{"k":{"start":null,"name":"","tags":[]}}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.field.Name = "v"
			fields := []row.Field{tt.field, {Name: "n", Kind: row.Uint}}
			line := []row.Value{tt.value, row.UintValue(true, 7)}
			if tt.cell == "" {
				tt.cell = tt.json
			}
			if diff := cmp.Diff(`{"v":`+tt.json+`,"n":7}`+"\n", print(t, "jsonl", fields, line)); diff != "" {
				t.Errorf("jsonl (-want +got):\n%s", diff)
			}
			_, cell, _ := strings.Cut(print(t, "table", fields, line), "\n")
			if diff := cmp.Diff(tt.cell+"  7\n", cell); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
			records, err := stdcsv.NewReader(strings.NewReader(print(t, "csv", fields, line))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{{"v", "n"}, {tt.cell, "7"}}, records); diff != "" {
				t.Errorf("csv (-want +got):\n%s", diff)
			}
		})
	}
}

// An absent message is absent like everything else.
func TestComposedAbsent(t *testing.T) {
	fields := []row.Field{{Name: "v", Kind: row.Nested, Message: pairOf}, {Name: "n", Kind: row.Uint}}
	line := []row.Value{row.NestedValue(false, nil), row.UintValue(true, 7)}
	for name, want := range map[string]string{"jsonl": `{"v":null,"n":7}` + "\n", "csv": "v,n\n,7\n", "table": "V  N\n-  7\n"} {
		if got := print(t, name, fields, line); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// What a guest chose is as harmless deep in a row as it is in a cell of its own.
func TestComposedHostile(t *testing.T) {
	fields := []row.Field{{Name: "v", Kind: row.String, Key: row.String}, {Name: "n", Kind: row.Uint}}
	for _, name := range hostile {
		line := []row.Value{mapping(row.StringValue(true, name), row.StringValue(true, name)), row.UintValue(true, 7)}
		for _, format := range []string{"jsonl", "csv", "table"} {
			checkVisible(t, format, print(t, format, fields, line))
		}
		records, err := stdcsv.NewReader(strings.NewReader(print(t, "csv", fields, line))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal([]byte(records[1][0]), &got); err != nil || got[name] != name {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
}

// A row a hundred levels deep, as decoders let them, is printed whole.
func TestDeep(t *testing.T) {
	m := &row.Message{FullName: "test.Deep"}
	m.Fields = []row.Field{{Name: "d", Kind: row.Nested, Message: func() *row.Message { return m }}}
	v := row.NestedValue(false, nil)
	for range 100 {
		v = nested(m, v)
	}
	want := strings.Repeat(`{"d":`, 101) + "null" + strings.Repeat("}", 101) + "\n"
	if got := print(t, "jsonl", m.Fields, []row.Value{v}); got != want {
		t.Errorf("got %s", got)
	}
}

// counting is a row that has as many unknown fields as its frame says.
type counting struct {
	fakeRow
	unknown int
}

func (c *counting) Decode(frame []byte) error { c.unknown = int(frame[0]); return nil }
func (c *counting) UnknownFields() int        { return c.unknown }

func TestUnknown(t *testing.T) {
	for _, name := range format.Names() {
		m := &row.Message{FullName: "test.Row"}
		p, err := format.New(name, new(strings.Builder), row.Command{Message: m, New: func() row.Row {
			return &counting{fakeRow: fakeRow{message: m}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []byte{0, 3, 0, 2} {
			if err := p.Frame([]byte{n}); err != nil {
				t.Fatal(err)
			}
		}
		wantFields, wantRows := int64(5), int64(2)
		if name == "frames" {
			wantFields, wantRows = 0, 0
		}
		if fields, rows := p.Unknown(); fields != wantFields || rows != wantRows {
			t.Errorf("%s: %d fields in %d rows", name, fields, rows)
		}
	}
}
