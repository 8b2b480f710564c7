package row

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// list is what a List is made of: a length, and a function from index to value.
type list struct {
	length int
	at     func(i int) Value
}

// mapping is what a Map is made of. Its entries are in no order.
type mapping struct {
	length  int
	entries iter.Seq2[Value, Value]
}

// NestedValue returns the value of a message field: a row, which may be nil only
// where there is none.
func NestedValue(present bool, r Row) Value {
	if !present {
		return Value{kind: Nested}
	}
	return Value{kind: Nested, present: true, parts: r}
}

// ListValue returns a List of so many values, which at returns.
func ListValue(length int, at func(i int) Value) Value {
	return Value{kind: List, present: true, parts: list{length, at}}
}

// MapValue returns a Map of so many entries, which may come in any order. No two
// have the same key.
func MapValue(length int, entries iter.Seq2[Value, Value]) Value {
	return Value{kind: Map, present: true, parts: mapping{length, entries}}
}

// Row returns the row of a Nested, or nil where it is absent.
func (v Value) Row() Row {
	r, _ := v.parts.(Row)
	return r
}

// Len returns how many values a List has, or entries a Map; one without any is
// present.
func (v Value) Len() int {
	switch p := v.parts.(type) {
	case list:
		return p.length
	case mapping:
		return p.length
	}
	return 0
}

// Index returns a List's value i, counted from 0. An index that the list does not
// have gives the zero Value.
func (v Value) Index(i int) Value {
	p, ok := v.parts.(list)
	if !ok || i < 0 || i >= p.length {
		return Value{}
	}
	return p.at(i)
}

// Entries returns the keys of a Map and what they lead to, with the keys in
// ascending order: false before true, numbers by size, text by its bytes.
func (v Value) Entries() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		p, ok := v.parts.(mapping)
		if !ok {
			return
		}
		type entry struct{ key, value Value }
		sorted := make([]entry, 0, p.length)
		for k, v := range p.entries {
			sorted = append(sorted, entry{k, v})
		}
		slices.SortFunc(sorted, func(a, b entry) int { return compareKeys(a.key, b.key) })
		for _, e := range sorted {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// compareKeys compares two keys of one map.
func compareKeys(a, b Value) int {
	switch a.kind {
	case String:
		return cmp.Compare(a.text, b.text)
	case Int:
		return cmp.Compare(int64(a.bits), int64(b.bits))
	}
	return cmp.Compare(a.bits, b.bits)
}

// Equal reports whether two values are of one kind, and both absent or both the
// same; a NaN equals a NaN. Nested rows are equal where their fields are.
func (v Value) Equal(o Value) bool {
	if v.kind != o.kind || v.present != o.present {
		return false
	}
	switch v.kind {
	case Nested:
		return sameRow(v.Row(), o.Row())
	case List:
		return sameList(v, o)
	case Map:
		return sameMap(v, o)
	case Float, Double:
		return !v.present || sameFloat(v.Float(), o.Float())
	}
	return !v.present || v.bits == o.bits && v.nanos == o.nanos && v.text == o.text
}

func sameRow(a, b Row) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Message().FullName != b.Message().FullName || len(a.Message().Fields) != len(b.Message().Fields) {
		return false
	}
	for i := range a.Message().Fields {
		if !a.Value(i).Equal(b.Value(i)) {
			return false
		}
	}
	return true
}

func sameList(a, b Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !a.Index(i).Equal(b.Index(i)) {
			return false
		}
	}
	return true
}

// sameMap walks both maps, which are sorted, at once.
func sameMap(a, b Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	next, stop := iter.Pull2(b.Entries())
	defer stop()
	for key, value := range a.Entries() {
		otherKey, otherValue, _ := next()
		if !key.Equal(otherKey) || !value.Equal(otherValue) {
			return false
		}
	}
	return true
}

// partsString is String for a value that is made of others.
func (v Value) partsString() string {
	var parts []string
	switch v.kind {
	case List:
		for i := range v.Len() {
			parts = append(parts, v.Index(i).String())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Map:
		for key, value := range v.Entries() {
			parts = append(parts, key.String()+": "+value.String())
		}
	case Nested:
		r := v.Row()
		for i, f := range r.Message().Fields {
			if part := r.Value(i); part.isWorthPrinting() {
				parts = append(parts, f.Name+": "+part.String())
			}
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// isWorthPrinting reports whether there is a value that is not just empty, as the
// lists and maps of most rows are.
func (v Value) isWorthPrinting() bool {
	return v.present && (v.kind != List && v.kind != Map || v.Len() > 0)
}
