package row_test

import (
	"math"
	"testing"

	"github.com/volint/volint/runtime/row"
)

func uints(numbers ...uint64) row.Value {
	return row.ListValue(len(numbers), func(i int) row.Value { return row.UintValue(true, numbers[i]) })
}

// mapOf is a Map of the values of two lists.
func mapOf(keys, values row.Value) row.Value {
	return row.MapValue(keys.Len(), func(yield func(row.Value, row.Value) bool) {
		for i := range keys.Len() {
			if !yield(keys.Index(i), values.Index(i)) {
				return
			}
		}
	})
}

func texts(texts ...string) row.Value {
	return row.ListValue(len(texts), func(i int) row.Value { return row.StringValue(true, texts[i]) })
}

func signed(numbers ...int64) row.Value {
	return row.ListValue(len(numbers), func(i int) row.Value { return row.IntValue(true, numbers[i]) })
}

func TestParts(t *testing.T) {
	bools := row.ListValue(2, func(i int) row.Value { return row.BoolValue(true, i == 0) })
	for _, test := range []struct {
		v    row.Value
		kind row.Kind
		n    int
		text string
	}{
		{uints(), row.List, 0, "[]"},
		{uints(3, 1), row.List, 2, "[3, 1]"},
		{texts("\x1b", `"`), row.List, 2, `["\x1b", "\""]`},
		{mapOf(uints(), uints()), row.Map, 0, "{}"},
		{mapOf(uints(1<<63, 2, 1), uints(4, 5, 6)), row.Map, 3, "{1: 6, 2: 5, 9223372036854775808: 4}"},
		{mapOf(signed(0, 1, -1), uints(4, 5, 6)), row.Map, 3, "{-1: 6, 0: 4, 1: 5}"},
		{mapOf(texts("b", "", "\xff", "a"), uints(1, 2, 3, 4)), row.Map, 4, `{"": 2, "a": 4, "b": 1, "\xff": 3}`},
		{mapOf(bools, uints(1, 2)), row.Map, 2, "{false: 2, true: 1}"},
		{row.NestedValue(true, new(task)), row.Nested, 0, "{}"},
		{row.NestedValue(true, taskNamed("init")), row.Nested, 0, `{offset: 18446617959529955712, name: "init"}`},
		{row.NestedValue(false, (*task)(nil)), row.Nested, 0, "-"},
	} {
		if test.v.Kind() != test.kind || test.v.Len() != test.n || test.v.String() != test.text {
			t.Errorf("kind %d, length %d, %s; want kind %d, length %d, %s",
				test.v.Kind(), test.v.Len(), test.v, test.kind, test.n, test.text)
		}
	}
}

// TestNoParts: values that have no parts, or not those that are asked for.
func TestNoParts(t *testing.T) {
	for what, ok := range map[string]bool{
		"Row of an absent one": row.NestedValue(false, (*task)(nil)).Row() == nil,
		"Row of a List":        uints(1).Row() == nil,
		"Row":                  row.NestedValue(true, taskNamed("x")).Row().Value(1).Str() == "x",
		"Index behind the end": uints(1).Index(1).Kind() == 0 && uints(1).Index(-1).Kind() == 0,
		"Index of a Map":       mapOf(uints(1), uints(1)).Index(0).Kind() == 0,
		"Len of a number":      row.UintValue(true, 7).Len() == 0,
	} {
		if !ok {
			t.Error(what)
		}
	}
	for range uints(1).Entries() {
		t.Error("a List has entries")
	}
	n := 0
	for range mapOf(uints(1, 2), uints(1, 2)).Entries() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("a loop that ends early saw %d entries", n)
	}
}

func TestValueEqual(t *testing.T) {
	values := []row.Value{
		{}, row.UintValue(true, 1), row.UintValue(true, 2), row.UintValue(false, 0), row.IntValue(true, 1),
		row.DoubleValue(true, math.NaN()), row.DoubleValue(true, 1), row.StringValue(true, "a"), row.BytesValue(true, []byte("a")),
		row.TimeValue(true, row.Timestamp{Seconds: 1}), row.TimeValue(true, row.Timestamp{Seconds: 1, Nanos: 1}),
		uints(), uints(1), uints(1, 2), signed(1), mapOf(uints(), uints()), mapOf(uints(1), uints(2)), mapOf(uints(2), uints(1)),
		row.NestedValue(true, new(task)), row.NestedValue(true, taskNamed("a")), row.NestedValue(false, new(task)),
	}
	for i, a := range values {
		for j, b := range values {
			if a.Equal(b) != (i == j) {
				t.Errorf("%v (kind %d) and %v (kind %d): equal is %v", a, a.Kind(), b, b.Kind(), a.Equal(b))
			}
		}
	}
	if !mapOf(uints(1, 2), texts("a", "b")).Equal(mapOf(uints(2, 1), texts("b", "a"))) {
		t.Error("the order of entries counts")
	}
}
