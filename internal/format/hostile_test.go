package format_test

import (
	stdcsv "encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/volint/volint/runtime/row"
)

// hostile are names as a guest may choose them, in the form that string fields
// have: a byte that is not UTF-8 is \xhh.
var hostile = []string{
	`\xff`, "\x1b[2J\x1b]0;title\a", "a\nb", "a\r", "\ttab", "=cmd|'/c calc'!A0", "+1", "-1", "@x", "  =1",
	`"`, `a,"b"`, "'", "'=1", "\u202egpj.exe", "\u2028", "\u00a0", "\x00", "\x7f", "\u009b", "日本", "", " ", `\`, `\x5cx41`,
	"\uff1d1", "\U000e0041",
}

var nameField = []row.Field{{Name: "pid", Kind: row.Uint}, {Name: "name", Kind: row.String}, {Name: "last", Kind: row.Uint}}

func nameLine(s string) []row.Value {
	return []row.Value{row.UintValue(true, 7), row.StringValue(true, s), row.UintValue(true, 8)}
}

// printOne prints one row with the name and checks that it is one line that no
// terminal acts on; it returns that line.
func printOne(t *testing.T, format, name string) string {
	t.Helper()
	out := print(t, format, nameField, nameLine(name))
	checkVisible(t, format, out)
	line := strings.TrimSuffix(out, "\n")
	if format != "jsonl" {
		_, line, _ = strings.Cut(line, "\n")
	}
	return line
}

// checkVisible checks that a terminal acts on nothing but the ends of lines, of
// which there are as many as there are rows and titles.
func checkVisible(t *testing.T, format, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: %q is not UTF-8", format, out)
	}
	lines := 2
	if format == "jsonl" {
		lines = 1
	}
	if n := strings.Count(out, "\n"); n != lines {
		t.Errorf("%s: %q has %d lines", format, out, n)
	}
	for _, r := range strings.ReplaceAll(out, "\n", "") {
		if r != ' ' && !unicode.IsPrint(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
			t.Errorf("%s: %q holds %U", format, out, r)
		}
	}
}

func TestHostileNames(t *testing.T) {
	for i, name := range hostile {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			line := strings.TrimPrefix(printOne(t, "table", name), "  7  ")
			cell, _, _ := strings.Cut(line, "  ")
			if want := row.Unescape(name); string(row.Unescape(cell)) != string(want) {
				t.Errorf("table: %q gives back %q, want %q", line, row.Unescape(cell), want)
			}

			record, err := stdcsv.NewReader(strings.NewReader(printOne(t, "csv", name) + "\n")).Read()
			if err != nil || len(record) != 3 {
				t.Fatalf("csv: %q, %v", record, err)
			}
			if strings.IndexAny(strings.TrimLeft(record[1], " "), "=+-@\t\r") == 0 {
				t.Errorf("csv: %q is a formula", record[1])
			}
			if got, want := row.Unescape(strings.TrimPrefix(record[1], "'")), row.Unescape(name); string(got) != string(want) {
				t.Errorf("csv: %q gives back %q, want %q", record[1], got, want)
			}

			var object map[string]any
			if err := json.Unmarshal([]byte(printOne(t, "jsonl", name)), &object); err != nil {
				t.Fatal(err)
			}
			if object["name"] != name {
				t.Errorf("jsonl: gives back %q, want %q", object["name"], name)
			}
		})
	}
}

// Decoders give valid UTF-8 only; should a byte slip through all the same, it is
// escaped and not printed.
func TestInvalidUTF8(t *testing.T) {
	for _, format := range []string{"table", "csv", "jsonl"} {
		if line := printOne(t, format, "a\xffb"); !strings.Contains(line, `\xff`) {
			t.Errorf("%s: got %q", format, line)
		}
	}
}
