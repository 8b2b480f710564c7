package message

import (
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// scalar appends a value without its tag.
func (g *generator) scalar(b []byte, fd protoreflect.FieldDescriptor) []byte {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return g.block(b, []byte(g.text(g.odd(50))))
	case protoreflect.BytesKind:
		return g.block(b, []byte(g.text(true)))
	case protoreflect.DoubleKind:
		return protowire.AppendFixed64(b, math.Float64bits(pick(g, doubles)))
	case protoreflect.FloatKind:
		return protowire.AppendFixed32(b, math.Float32bits(float32(pick(g, doubles))))
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protowire.AppendFixed32(b, uint32(g.number()))
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protowire.AppendFixed64(b, g.number())
	case protoreflect.EnumKind:
		if g.IntN(3) > 0 {
			values := fd.Enum().Values()
			return g.varint(b, uint64(int64(values.Get(g.IntN(values.Len())).Number())))
		}
	case protoreflect.BoolKind:
		if g.IntN(4) > 0 {
			return g.varint(b, uint64(g.IntN(2)))
		}
	}
	return g.varint(b, g.number())
}

var doubles = []float64{
	0, math.Copysign(0, -1), 1, -1.5, math.Pi, math.Inf(1), math.Inf(-1), math.NaN(),
	math.MaxFloat32, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-45,
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// number is one of any length, often at an edge.
func (g *generator) number() uint64 {
	switch g.IntN(4) {
	case 0:
		return pick(g, []uint64{
			0, 1, 127, 128, 16383, 16384, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32, math.MaxUint32 + 1,
			math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64, 0xffff888000000000, 0xffffffff80000000,
		})
	case 1:
		return -(g.Uint64() >> g.IntN(64))
	}
	return g.Uint64() >> g.IntN(64)
}

// text is what a string or bytes hold.
func (g *generator) text(any bool) string {
	if any && g.IntN(2) == 0 {
		b := make([]byte, g.IntN(12))
		for i := range b {
			b[i] = byte(g.Uint32())
		}
		return string(b)
	}
	if any {
		return pick(g, []string{"\xff", "\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "12345678\xc3", "\xf0\x9f\x98"})
	}
	return pick(g, []string{"", "a", "init", "grüße 世界 \U0001f600", "a\x00b", "\uffff\U0010ffff", "\u0080", strings.Repeat("long ", g.IntN(60))})
}

// varint appends a number, sometimes in more bytes than it need have, or in more
// than it may.
func (g *generator) varint(b []byte, v uint64) []byte {
	start := len(b)
	b = protowire.AppendVarint(b, v)
	if !g.odd(10) {
		return b
	}
	switch n := len(b) - start; {
	case g.IntN(30) == 0:
		return append(b[:start], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[g.IntN(2):]...)
	case g.IntN(30) == 0 && n == 10:
		b[len(b)-1] |= 2 // a 65th bit
		return b
	case n < 10:
		return lengthen(b, g.IntN(11-n))
	}
	return b
}

// lengthen adds bytes that say nothing to the varint that ends b.
func lengthen(b []byte, by int) []byte {
	for range by {
		b[len(b)-1] |= 0x80
		b = append(b, 0)
	}
	return b
}

// tag appends a tag, sometimes in more bytes than it need have, and seldom in
// more than it may.
func (g *generator) tag(b []byte, number protowire.Number, typ protowire.Type) []byte {
	start := len(b)
	b = protowire.AppendVarint(b, uint64(number)<<3|uint64(typ))
	if !g.odd(60) {
		return b
	}
	if n := 5 - (len(b) - start); n > 0 {
		b = lengthen(b, 1+g.IntN(n))
	}
	if g.IntN(20) == 0 {
		b = lengthen(b, 1)
	}
	return b
}

// block appends a length and bytes.
func (g *generator) block(b, content []byte) []byte {
	n := len(content)
	if g.odd(300) {
		n += g.IntN(5) - 2
	}
	return append(g.varint(b, uint64(max(n, 0))), content...)
}
