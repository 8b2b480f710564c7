package row_test

import (
	"math"
	"testing"
	"time"

	"github.com/volint/volint/runtime/row"
)

func TestValue(t *testing.T) {
	names := map[int32]string{1: "ONE", -1: "MINUS"}
	at := row.Timestamp{Seconds: 1767225638, Nanos: 5}
	for _, test := range []struct {
		v    row.Value
		kind row.Kind
		text string
	}{
		{row.Value{}, 0, "-"},
		{row.BoolValue(true, true), row.Bool, "true"},
		{row.IntValue(true, math.MinInt64), row.Int, "-9223372036854775808"},
		{row.UintValue(true, math.MaxUint64), row.Uint, "18446744073709551615"},
		{row.FloatValue(true, 0.1), row.Float, "0.1"},
		{row.DoubleValue(true, 0.1), row.Double, "0.1"},
		{row.StringValue(true, "a\x1b\n\""), row.String, `"a\x1b\n\""`},
		{row.BytesValue(true, []byte{0xff}), row.Bytes, `"\xff"`},
		{row.EnumValue(true, -1, names), row.Enum, "MINUS"},
		{row.EnumValue(true, 7, names), row.Enum, "7"},
		{row.TimeValue(true, at), row.Time, "2026-01-01T00:00:38.000000005Z"},
		{row.IntValue(false, 3), row.Int, "-"},
	} {
		if test.v.Kind() != test.kind || test.v.String() != test.text || test.v.Present() != (test.text != "-") {
			t.Errorf("kind %d, %s, present %v; want kind %d, %s", test.v.Kind(), test.v, test.v.Present(), test.kind, test.text)
		}
	}
}

func TestValueMethods(t *testing.T) {
	negative, big := row.IntValue(true, -3), row.UintValue(true, math.MaxUint64)
	text, blob := row.StringValue(true, "text"), row.BytesValue(true, []byte("blob"))
	enum := row.EnumValue(true, 1, map[int32]string{1: "ONE"})
	at := row.TimestampOf(time.Date(1969, 12, 31, 23, 59, 59, 5, time.FixedZone("", 3600)))
	for what, ok := range map[string]bool{
		"Int of Int":            negative.Int() == -3,
		"Uint of a negative":    negative.Uint() == 0,
		"Uint of Uint":          big.Uint() == math.MaxUint64,
		"Int of a big Uint":     big.Int() == 0,
		"Int of Uint":           row.UintValue(true, 7).Int() == 7,
		"Uint of Int":           row.IntValue(true, 7).Uint() == 7,
		"Int of Enum":           enum.Int() == 1 && enum.EnumName() == "ONE",
		"name of no Enum":       negative.EnumName() == "",
		"Float":                 row.FloatValue(true, 0.5).Float() == 0.5 && row.DoubleValue(true, 0.1).Float() == 0.1,
		"Float of Int":          negative.Float() == 0,
		"Str":                   text.Str() == "text" && blob.Str() == "",
		"Bytes":                 string(blob.Bytes()) == "blob" && text.Bytes() == nil,
		"empty Bytes":           row.BytesValue(true, nil).Bytes() == nil,
		"Bool":                  row.BoolValue(true, true).Bool() && !enum.Bool(),
		"Timestamp before 1970": at == row.Timestamp{Seconds: -3601, Nanos: 5},
		"Time":                  row.TimeValue(true, at).Time().Equal(at.Time()),
		"Time of Int":           negative.Timestamp() == row.Timestamp{},
		"Absence":               row.AbsenceUnreadable.String() == "ABSENCE_UNREADABLE" && row.Absence(9).String() == "9",
	} {
		if !ok {
			t.Error(what)
		}
	}
}
