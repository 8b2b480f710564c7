package fuzz

import (
	"bytes"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// limits is the type of case limits.txtar, and the numbers of its fields.
const (
	limits  = "fuzz.limits.RootLimits"
	part    = 1
	parts   = 2
	named   = 3
	inner   = 4
	left    = 5
	right   = 6
	numbers = 7
	texts   = 8
	counts  = 9
	blob    = 10
	musts   = 11
	wide    = 12
	nobody  = 99 // which the schema does not have
)

func field(number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
}

func group(number protowire.Number, content []byte) []byte {
	b := append(protowire.AppendTag(nil, number, protowire.StartGroupType), content...)
	return protowire.AppendTag(b, number, protowire.EndGroupType)
}

func varint(number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
}

// wraps put a message one level deeper, or two.
var wraps = map[string]func([]byte) []byte{
	"messages":       func(b []byte) []byte { return field(part, b) },
	"lists":          func(b []byte) []byte { return field(parts, b) },
	"groups":         func(b []byte) []byte { return group(inner, field(part, b)) },
	"oneofs":         func(b []byte) []byte { return field(left, b) },
	"maps":           func(b []byte) []byte { return field(named, field(2, b)) },
	"unknown groups": func(b []byte) []byte { return group(nobody, b) },
}

// nested are messages about as deep as is allowed, and far deeper.
func nested() [][]byte {
	var all [][]byte
	for _, wrap := range wraps {
		for _, levels := range []int{48, 49, 50, 51, 98, 99, 100, 101, 3000} {
			for _, core := range [][]byte{nil, field(named, field(1, []byte("k"))), group(nobody, nil), varint(nobody, 1)} {
				for range levels {
					core = wrap(core)
				}
				all = append(all, field(part, core))
			}
		}
	}
	// Groups that are begun and never ended.
	return append(all, field(part, bytes.Repeat(protowire.AppendTag(nil, nobody, protowire.StartGroupType), 100000)))
}

// traps are messages of about n bytes, or a few times that, which take a reader
// long that does anything twice that it need do once.
func traps(n int) map[string][]byte {
	many := func(size int, piece func(i int) []byte) []byte {
		var b []byte
		for i := 0; len(b) < size; i++ {
			b = append(b, piece(i)...)
		}
		return b
	}
	same := func(piece []byte) []byte { return many(n, func(int) []byte { return piece }) }
	full := many(n, func(i int) []byte { return slices.Concat(varint(numbers, uint64(i)), field(texts, nil)) })
	key := func(i int) []byte { return varint(1, uint64(i)*0x9e3779b97f4a7c15) }
	all := map[string][]byte{
		"one message in pieces":        same(field(part, slices.Concat(varint(numbers, 1), field(texts, []byte("x"))))),
		"pieces of a full message":     slices.Concat(field(part, full), same(field(part, nil))),
		"a group in pieces":            same(group(inner, field(part, varint(numbers, 1)))),
		"one key":                      same(field(counts, varint(1, 7))),
		"one key of messages":          same(field(named, slices.Concat(field(1, []byte("k")), field(2, varint(numbers, 1))))),
		"a full value, then its key":   slices.Concat(field(named, slices.Concat(field(1, []byte("k")), field(2, full))), same(field(named, field(1, []byte("k"))))),
		"different keys":               many(n, func(i int) []byte { return field(counts, key(i)) }),
		"falling keys":                 many(n, func(i int) []byte { return field(counts, varint(1, uint64(1<<40-i))) }),
		"text for keys":                many(n, func(i int) []byte { return field(named, field(1, fmt.Appendf(nil, "key%d", i))) }),
		"a oneof to and fro":           slices.Concat(field(left, full), same(slices.Concat(field(left, nil), field(right, nil)))),
		"a oneof, full each time":      same(slices.Concat(field(left, field(parts, varint(numbers, 1))), field(right, nil))),
		"a list, one by one":           same(varint(numbers, 1)),
		"a list, packed one by one":    same(field(numbers, []byte{1})),
		"a list, packed and not":       same(slices.Concat(field(numbers, []byte{1, 2}), varint(numbers, 1))),
		"empty pieces of a list":       same(field(wide, nil)),
		"empty messages":               same(field(parts, nil)),
		"empty text":                   same(field(texts, nil)),
		"required, one by one":         same(field(musts, varint(1, 1))),
		"unknown fields":               same(varint(nobody, 1)),
		"unknown groups":               same(group(nobody, nil)),
		"unknown groups in each other": same(bytes.Join([][]byte{bytes.Repeat(protowire.AppendTag(nil, nobody, protowire.StartGroupType), 90), bytes.Repeat(protowire.AppendTag(nil, nobody, protowire.EndGroupType), 90)}, nil)),
		"numbers longer than need be":  same([]byte{numbers << 3, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0}),
		"bytes again and again":        same(field(blob, bytes.Repeat([]byte("b"), 50))),
	}
	deep := full
	for range 90 {
		deep = field(part, deep)
	}
	all["a full message, deep down"] = deep
	for name, content := range all {
		all[name] = field(part, content)
	}
	all["a bad end"] = append(all["a list, one by one"], 0x0f)
	return all
}
