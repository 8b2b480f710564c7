package format_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
)

// fakeRow holds ready values; its frames are the numbers of its lines.
type fakeRow struct {
	message *row.Message
	lines   [][]row.Value
	current []row.Value
}

func (r *fakeRow) Message() *row.Message  { return r.message }
func (r *fakeRow) Append(b []byte) []byte { return b }
func (r *fakeRow) Value(i int) row.Value  { return r.current[i] }
func (r *fakeRow) UnknownFields() int     { return 0 }
func (r *fakeRow) Decode(frame []byte) error {
	if int(frame[0]) >= len(r.lines) {
		return errors.New("no such line")
	}
	r.current = r.lines[frame[0]]
	return nil
}

// print prints the lines in a format.
func print(t *testing.T, name string, fields []row.Field, lines ...[]row.Value) string {
	t.Helper()
	m := &row.Message{FullName: "test.Row", Fields: fields}
	cmd := row.Command{Message: m, New: func() row.Row { return &fakeRow{message: m, lines: lines} }}
	var out strings.Builder
	p, err := format.New(name, &out, cmd)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		if err := p.Frame([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(true); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var processFields = []row.Field{
	{Name: "offset", Kind: row.Uint, Meaning: row.CanonicalAddress},
	{Name: "name", Kind: row.String},
	{Name: "pid", Kind: row.Uint},
	{Name: "dtb", Kind: row.Uint, Meaning: row.Address},
	{Name: "start_time", Kind: row.Uint, Meaning: row.UnixSeconds},
}

func process(offset uint64, name string, pid, dtb, start uint64) []row.Value {
	return []row.Value{
		row.UintValue(true, offset), row.StringValue(true, name), row.UintValue(true, pid),
		row.UintValue(dtb != 0, dtb), row.UintValue(true, start),
	}
}

var processes = [][]row.Value{
	process(0xffff8d4cc11fc180, "systemd", 1, 0x11fc000, 1767225638),
	process(0xffff8d4cc11fd180, "kthreadd", 12, 0, 1767225638),
}

func TestFormats(t *testing.T) {
	want := map[string]string{
		"table": "" +
			"            OFFSET  NAME      PID                 DTB  START_TIME\n" +
			"0xffff8d4cc11fc180  systemd     1  0x00000000011fc000  2026-01-01 00:00:38 UTC\n" +
			"0xffff8d4cc11fd180  kthreadd   12                   -  2026-01-01 00:00:38 UTC\n",
		"jsonl": "" +
			`{"offset":18446617959529955712,"name":"systemd","pid":1,"dtb":18857984,"start_time":1767225638}` + "\n" +
			`{"offset":18446617959529959808,"name":"kthreadd","pid":12,"dtb":null,"start_time":1767225638}` + "\n",
		"csv": "" +
			"offset,name,pid,dtb,start_time\n" +
			"0xffff8d4cc11fc180,systemd,1,0x00000000011fc000,2026-01-01T00:00:38Z\n" +
			"0xffff8d4cc11fd180,kthreadd,12,,2026-01-01T00:00:38Z\n",
		"frames": "\x01\x00\x00\x00\x00\x01\x00\x00\x00\x01",
	}
	for _, name := range format.Names() {
		t.Run(name, func(t *testing.T) {
			got := print(t, name, processFields, processes...)
			if diff := cmp.Diff(want[name], got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Without a row, tables and CSV still say what there would have been; after a
// failure they say nothing.
func TestNoRows(t *testing.T) {
	want := map[string]string{
		"table":  "OFFSET  NAME  PID  DTB  START_TIME\n",
		"csv":    "offset,name,pid,dtb,start_time\n",
		"jsonl":  "",
		"frames": "",
	}
	for _, name := range format.Names() {
		if got := print(t, name, processFields); got != want[name] {
			t.Errorf("%s: got %q, want %q", name, got, want[name])
		}
		cmd := row.Command{Message: &row.Message{Fields: processFields}, New: func() row.Row { return &fakeRow{} }}
		var out strings.Builder
		p, err := format.New(name, &out, cmd)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(false); err != nil || out.Len() != 0 {
			t.Errorf("%s, failed: got %q, %v; want nothing", name, out.String(), err)
		}
	}
}

// Every kind of value, at its edges, in the three formats that print values.
func TestValues(t *testing.T) {
	enum := map[int32]string{1: "RUNNING"}
	tests := map[string]struct {
		field            row.Field
		value            row.Value
		table, csv, json string
	}{
		"true":              {row.Field{Kind: row.Bool}, row.BoolValue(true, true), "true", "true", "true"},
		"largest uint64":    {row.Field{Kind: row.Uint}, row.UintValue(true, math.MaxUint64), "18446744073709551615", "18446744073709551615", "18446744073709551615"},
		"2^53+1":            {row.Field{Kind: row.Uint}, row.UintValue(true, 1<<53+1), "9007199254740993", "9007199254740993", "9007199254740993"},
		"smallest int64":    {row.Field{Kind: row.Int}, row.IntValue(true, math.MinInt64), "-9223372036854775808", "-9223372036854775808", "-9223372036854775808"},
		"signed address":    {row.Field{Kind: row.Int, Meaning: row.CanonicalAddress}, row.IntValue(true, -1), "0xffffffffffffffff", "0xffffffffffffffff", "-1"},
		"mask":              {row.Field{Kind: row.Uint, Meaning: row.Hexadecimal}, row.UintValue(true, 0x1ff), "0x1ff", "0x1ff", "511"},
		"float":             {row.Field{Kind: row.Float}, row.FloatValue(true, 0.1), "0.1", "0.1", "0.1"},
		"double":            {row.Field{Kind: row.Double}, row.DoubleValue(true, 0.1), "0.1", "0.1", "0.1"},
		"NaN":               {row.Field{Kind: row.Double}, row.DoubleValue(true, math.NaN()), "NaN", "NaN", `"NaN"`},
		"infinity":          {row.Field{Kind: row.Double}, row.DoubleValue(true, math.Inf(-1)), "-Inf", "-Inf", `"-Infinity"`},
		"empty string":      {row.Field{Kind: row.String}, row.StringValue(true, ""), "", `""`, `""`},
		"spaces at edges":   {row.Field{Kind: row.String}, row.StringValue(true, " a b  "), `\x20a b\x20\x20`, `" a b  "`, `" a b  "`},
		"absent string":     {row.Field{Kind: row.String}, row.StringValue(false, ""), "-", `""`, `null`},
		"bytes":             {row.Field{Kind: row.Bytes}, row.BytesValue(true, []byte("\x7fELF\xff")), `\x7fELF\xff`, `\x7fELF\xff`, `"f0VMRv8="`},
		"enum":              {row.Field{Kind: row.Enum, Enum: enum}, row.EnumValue(true, 1, enum), "RUNNING", "RUNNING", `"RUNNING"`},
		"unnamed enum":      {row.Field{Kind: row.Enum, Enum: enum}, row.EnumValue(true, -7, enum), "-7", "-7", "-7"},
		"timestamp":         {row.Field{Kind: row.Time}, row.TimeValue(true, row.Timestamp{Seconds: 1767225638, Nanos: 500_000_000}), "2026-01-01 00:00:38.5 UTC", "2026-01-01T00:00:38.5Z", `"2026-01-01T00:00:38.5Z"`},
		"time out of range": {row.Field{Kind: row.Time}, row.TimeValue(true, row.Timestamp{Seconds: 1 << 60}), "@1152921504606846976", "@1152921504606846976", `"@1152921504606846976"`},
		"seconds too large": {row.Field{Kind: row.Uint, Meaning: row.UnixSeconds}, row.UintValue(true, math.MaxUint64), "@18446744073709551615", "@18446744073709551615", "18446744073709551615"},
		"seconds before":    {row.Field{Kind: row.Int, Meaning: row.UnixSeconds}, row.IntValue(true, -1), "1969-12-31 23:59:59 UTC", "1969-12-31T23:59:59Z", "-1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.field.Name = "v"
			fields, line := []row.Field{tt.field}, []row.Value{tt.value}
			got := map[string]string{
				"table": strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(print(t, "table", fields, line), " "), "V\n"), " "),
				"csv":   strings.TrimPrefix(print(t, "csv", fields, line), "v\n"),
				"jsonl": print(t, "jsonl", fields, line),
			}
			want := map[string]string{"table": tt.table + "\n", "csv": tt.csv + "\n", "jsonl": `{"v":` + tt.json + "}\n"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := format.New("xml", nil, row.Command{}); err == nil || !strings.Contains(err.Error(), "table, jsonl, csv, frames") {
		t.Errorf("got %v, want an error that lists the formats", err)
	}
}

// A frame that can't be decoded costs itself; the printer goes on.
func TestRowError(t *testing.T) {
	m := &row.Message{Fields: processFields}
	cmd := row.Command{Message: m, New: func() row.Row { return &fakeRow{message: m, lines: processes} }}
	var out strings.Builder
	p, err := format.New("jsonl", &out, cmd)
	if err != nil {
		t.Fatal(err)
	}
	var bad *format.RowError
	if err := p.Frame([]byte{9}); !errors.As(err, &bad) {
		t.Fatalf("bad frame: got %v, want a RowError", err)
	}
	if err := p.Frame([]byte{0}); err != nil {
		t.Fatalf("after it: %v", err)
	}
	if err := p.Close(false); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("got %q, %v; want one line", out.String(), err)
	}
}
