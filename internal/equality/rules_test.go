package equality

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/volint/volint/runtime/row"
)

func u(n uint64) row.Value { return row.UintValue(true, n) }
func i(n int64) row.Value  { return row.IntValue(true, n) }
func s(t string) row.Value { return row.StringValue(true, t) }
func b(t string) row.Value { return row.BytesValue(true, []byte(t)) }

// at is a time of the year 2026.
func at(seconds int64, nanos int32) row.Value {
	return row.TimeValue(true, row.Timestamp{Seconds: 1767225638 + seconds, Nanos: nanos})
}

// Each line is a field's value beside what Volatility's JSON has in its column.
func TestRules(t *testing.T) {
	named := map[int32]string{2: "SLEEPING"}
	for _, c := range []struct {
		name    string
		meaning row.Meaning
		value   row.Value
		json    string
		want    bool
	}{
		{"nothing", 0, row.UintValue(false, 0), `null`, true},
		{"nothing, as a mark", 0, row.UintValue(false, 0), `"-"`, true},
		{"no bytes, as a mark", 0, row.BytesValue(false, nil), `"N/A"`, true},
		{"no bytes, as no text", 0, row.BytesValue(false, nil), `""`, true},
		{"no text", 0, row.StringValue(false, ""), `null`, true},
		{"a mark is text", 0, row.StringValue(false, ""), `"-"`, false},
		{"a value that is not set", 0, row.UintValue(false, 0), `0`, false},
		{"text that is not set", 0, row.StringValue(false, ""), `""`, false},
		{"a zero for nothing", 0, u(0), `null`, false},
		{"empty text for nothing", 0, s(""), `null`, false},

		{"integer", 0, i(-3), `-3`, true},
		{"another integer", 0, i(-3), `3`, false},
		{"integer as text", 0, u(18), `"18"`, true},
		{"hexadecimal text", 0, u(0xab), `"0xAB"`, true},
		{"text with a zero before", 0, u(18), `"018"`, false},
		{"largest", 0, u(math.MaxUint64), `18446744073709551615`, true},
		{"beyond the largest", 0, u(math.MaxUint64), `36893488147419103231`, false},
		{"a negative number without a sign", 0, u(math.MaxUint64), `-1`, true},
		{"a negative number in 32 bits", 0, u(math.MaxUint32), `-1`, false},
		{"a negative number that is too large", 0, u(0), `-18446744073709551616`, false},
		{"truth as a number", 0, i(1), `true`, true},
		{"whole number with a point", 0, i(2), `2.0`, true},
		{"part of a number", 0, i(2), `2.5`, false},
		{"time in seconds", 0, i(1767225638), `"2026-01-01T00:00:38+00:00"`, true},

		{"kernel address", row.CanonicalAddress, u(0xFFFF888000000000), `150083337191424`, true},
		{"kernel address that is whole", row.CanonicalAddress, u(0xFFFF888000000000), `18446612682070032384`, true},
		{"kernel address that stayed cut", row.CanonicalAddress, u(0x888000000000), `150083337191424`, false},
		{"user address", row.CanonicalAddress, u(0x7ffe00000000), `140728898420736`, true},
		{"user address that was extended", row.CanonicalAddress, u(0xFFFF7ffe00000000), `140728898420736`, false},
		{"address that is not canonical", row.Address, u(0xFFFF888000000000), `150083337191424`, false},

		{"double", 0, row.DoubleValue(true, 0.1), `0.1`, true},
		{"another double", 0, row.DoubleValue(true, 0.1), `0.10000000000000002`, false},
		{"float", 0, row.FloatValue(true, 0.1), `0.1`, true},
		{"another float", 0, row.FloatValue(true, 0.1), `0.1001`, false},
		{"double for truth", 0, row.DoubleValue(true, 1), `true`, false},

		{"truth", 0, row.BoolValue(true, true), `true`, true},
		{"untruth", 0, row.BoolValue(true, false), `true`, false},
		{"truth in text", 0, row.BoolValue(true, true), `"True"`, true},
		{"no", 0, row.BoolValue(true, false), `"no"`, true},
		{"a number for truth", 0, row.BoolValue(true, true), `1`, true},
		{"a large number for truth", 0, row.BoolValue(true, true), `2`, false},

		{"text", 0, s("é😀"), `"\u00e9\ud83d\ude00"`, true},
		{"text with a byte", 0, s(`a\xff`), `"a\udcff"`, true},
		{"text with another byte", 0, s(`a\xfe`), `"a\udcff"`, false},
		{"text with half a pair", 0, s(`\xed\xa0\x80`), `"\ud800"`, true},
		{"text that looks like a byte", 0, s(`a\x5cxff`), `"a\\xff"`, true},
		{"quotes", 0, s("a\"\n\t/"), `"a\"\n\t\/"`, true},
		{"text that goes on", 0, s("init"), `"init\u0000"`, false},
		{"number in text", 0, s("12"), `12`, true},
		{"hexadecimal number in text", 0, s("0xc"), `12`, true},
		{"binary number in text", 0, s("0b1100"), `12`, true},
		{"another number in text", 0, s("0xd"), `12`, false},
		{"truth in text field", 0, s("True"), `true`, true},

		{"bytes", 0, b("MZ\x00"), `"4d 5a 00"`, true},
		{"bytes without blanks", 0, b("MZ\x00"), `"4d5a00"`, true},
		{"other bytes", 0, b("MZ\x01"), `"4d 5a 00"`, false},
		{"less bytes", 0, b("MZ"), `"4d 5a 00"`, false},
		{"the digits as bytes", 0, b("4d5a00"), `"4d5a00"`, false},
		{"no bytes at all", 0, b(""), `""`, true},
		{"half a byte", 0, b("\x4d"), `"4d 5"`, false},

		{"UTF-16", 0, b("h\x00i\x00\x00\x00"), `"\"hi\""`, true},
		{"other UTF-16", 0, b("h\x00o\x00\x00\x00"), `"\"hi\""`, false},
		{"UTF-16 that is not cut", 0, b("h\x00i\x00\x00\x00x\x00"), `"\"hi\nx\""`, true},
		{"UTF-8", 0, b("h\xc3\xa9"), `"\"h\u00e9\""`, true},
		{"Latin-1", 0, b("h\xe9"), `"\"h\u00e9\""`, true},
		{"broken UTF-8", 0, b("h\xe2\x82"), `"\"h\ufffd\""`, true},
		{"empty text", 0, b(""), `"\"\""`, true},
		{"a number of Volatility's", 0, b("7\x00"), `"\"7\""`, true},
		{"dump", 0, b("\x01 \x7f"), `"\"\n01 20 7f ` + fmt.Sprintf("%39s. .%13s", "", "") + `\""`, true},
		{"dump of two lines", 0, b("0123456789abcdef\xff"), `"\"\n30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 0123456789abcdef\nff ` + fmt.Sprintf("%45s.%15s", "", "") + `\""`, true},
		{"another dump", 0, b("\x02 \x7f"), `"\"\n01 20 7f ` + fmt.Sprintf("%39s. .%13s", "", "") + `\""`, false},

		{"time", 0, at(0, 0), `"2026-01-01T00:00:38+00:00"`, true},
		{"time elsewhere", 0, at(0, 0), `"2026-01-01T02:00:38+02:00"`, true},
		{"time without a zone", 0, at(0, 120000), `"2026-01-01T00:00:38.000120"`, true},
		{"Volatility 2's time", 0, at(0, 0), `"2026-01-01 00:00:38 UTC+0000"`, true},
		{"time that lost its fraction", 0, at(0, 0), `"2026-01-01T00:00:38.000120+00:00"`, false},
		{"another time", 0, at(1, 0), `"2026-01-01T00:00:38+00:00"`, false},
		{"time as seconds", 0, at(0, 0), `1767225638`, true},
		{"no time", 0, at(0, 0), `"soon"`, false},

		{"name of a number", 0, row.EnumValue(true, 2, named), `"SLEEPING"`, true},
		{"another name", 0, row.EnumValue(true, 2, named), `"RUNNING"`, false},
		{"number of a name", 0, row.EnumValue(true, 2, named), `2`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, err := readShown(json.RawMessage(c.json))
			if err != nil {
				t.Fatal(err)
			}
			field := row.Field{Name: "f", Kind: c.value.Kind(), Meaning: c.meaning}
			if got := (Rules{}).difference(field, c.value, value); (got == "") != c.want {
				t.Errorf("%s beside %s: %q", c.value, c.json, got)
			}
		})
	}
}

// What is no value of a table is told as that, and never equal.
func TestNotShown(t *testing.T) {
	for _, raw := range []string{``, `[]`, `{}`, `"\ud80"`, `"\q"`, `"`, `NaN`} {
		if value, err := readShown(json.RawMessage(raw)); err == nil {
			t.Errorf("%s is read as %s", raw, value)
		}
	}
}

func TestSameCode(t *testing.T) {
	disassemble := func(c Code) (string, error) {
		if c.Architecture != "intel64" {
			return "", errors.New("unknown")
		}
		return fmt.Sprintf("\n%#x:\tret\t", c.Address), nil
	}
	code := Code{Data: []byte{0xc3}, Address: 0x1000, Architecture: "intel64"}
	elsewhere, other := code, code
	elsewhere.Address++
	other.Architecture = "arm"
	for _, c := range []struct {
		name  string
		rules Rules
		code  Code
		text  string
		want  bool
	}{
		{"disassembly", Rules{disassemble}, code, "\"\n0x1000:\tret\t\"", true},
		{"elsewhere", Rules{disassemble}, elsewhere, "\"\n0x1000:\tret\t\"", false},
		{"of another processor", Rules{disassemble}, other, "\"\n0x1000:\tret\t\"", false},
		{"nobody can", Rules{}, code, "\"\n0x1000:\tret\t\"", false},
		{"bytes, without Capstone", Rules{}, code, `"c3"`, true},
		{"other bytes", Rules{}, code, `"c2"`, false},
	} {
		if got := c.rules.sameCode(c.code, c.text); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
