// Package message makes random messages as bytes: ones that protobuf would write,
// and ones that nobody writes and every reader must take or refuse. Numbers that
// are longer than they need be, lists packed in part, messages in pieces, entries
// of a map without a key, unknown fields, wrong wire types, nesting to the limit
// and beyond.
package message

import (
	"math/rand/v2"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/wiretype"
)

// Random makes a message. Most are well-formed.
func Random(r *rand.Rand, md protoreflect.MessageDescriptor) []byte {
	g := &generator{Rand: r, size: 200 + r.IntN(3)*400}
	if r.IntN(3) == 0 {
		g.plain = true
	}
	b := g.message(nil, md, 0)
	if r.IntN(60) == 0 {
		b = g.deepen(b, md)
	}
	return b
}

type generator struct {
	*rand.Rand
	// plain says that only what protobuf writes itself is wanted.
	plain bool
	// size is about how many bytes there may be still.
	size int
}

// odd is true once in n times, where odd things are wanted.
func (g *generator) odd(n int) bool { return !g.plain && g.IntN(n) == 0 }

// message appends fields of a message.
func (g *generator) message(b []byte, md protoreflect.MessageDescriptor, depth int) []byte {
	fields := md.Fields()
	order := g.Perm(fields.Len())
	inOrder := g.plain || g.IntN(2) == 0
	some := 1 + g.IntN(3)
	for i := range order {
		if !inOrder {
			i = order[i]
		}
		fd := fields.Get(i)
		wanted := g.IntN(some) == 0 && g.size > 0 || fd.Cardinality() == protoreflect.Required && !g.odd(30)
		if depth > 6 && fd.Message() != nil || !wanted {
			continue
		}
		before := len(b)
		b = g.field(b, fd, depth)
		for g.odd(12) { // the last one wins, or the two are merged
			b = g.field(b, fd, depth)
		}
		g.size -= len(b) - before
		if g.odd(20) {
			b = g.unknown(b, md, 0)
		}
	}
	return b
}

// field appends all values of a field.
func (g *generator) field(b []byte, fd protoreflect.FieldDescriptor, depth int) []byte {
	switch {
	case g.odd(60):
		return g.value(b, fd.Number(), protowire.Type(g.IntN(6)))
	case fd.IsMap():
		for range g.count() {
			b = g.tag(b, fd.Number(), protowire.BytesType)
			b = g.block(b, g.entry(nil, fd, depth))
		}
		return b
	case fd.IsList():
		return g.list(b, fd, depth)
	}
	return g.one(b, fd, depth)
}

func (g *generator) count() int {
	if g.IntN(20) == 0 {
		return 10 + g.IntN(40)
	}
	return g.IntN(5)
}

func (g *generator) list(b []byte, fd protoreflect.FieldDescriptor, depth int) []byte {
	if !wiretype.Packable(fd.Kind()) {
		for range g.count() {
			b = g.one(b, fd, depth)
		}
		return b
	}
	for pieces := 1 + g.IntN(2); pieces > 0; pieces-- {
		if fd.IsPacked() == g.odd(5) {
			for range g.count() {
				b = g.one(b, fd, depth)
			}
			continue
		}
		var piece []byte
		for range g.count() {
			piece = g.scalar(piece, fd)
		}
		if g.odd(80) && len(piece) > 0 {
			piece = piece[:len(piece)-1]
		}
		b = g.tag(b, fd.Number(), protowire.BytesType)
		b = g.block(b, piece)
	}
	return b
}

// one appends a tag and a value.
func (g *generator) one(b []byte, fd protoreflect.FieldDescriptor, depth int) []byte {
	b = g.tag(b, fd.Number(), wiretype.Of(fd.Kind()))
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return g.block(b, g.message(nil, fd.Message(), depth+1))
	case protoreflect.GroupKind:
		b = g.message(b, fd.Message(), depth+1)
		number := fd.Number()
		if g.odd(200) {
			number++
		}
		return g.tag(b, number, protowire.EndGroupType)
	}
	return g.scalar(b, fd)
}

// entry makes an entry of a map.
func (g *generator) entry(b []byte, fd protoreflect.FieldDescriptor, depth int) []byte {
	key := func() {
		if fd.MapKey().Kind() == protoreflect.StringKind && g.IntN(2) == 0 {
			b = g.block(g.tag(b, 1, protowire.BytesType), []byte{'a' + byte(g.IntN(3))})
			return
		}
		b = g.one(b, fd.MapKey(), depth)
	}
	value := func() { b = g.one(b, fd.MapValue(), depth+1) }
	if !g.odd(6) {
		key()
		value()
		return b
	}
	for range g.IntN(4) {
		switch g.IntN(5) {
		case 0, 1:
			key()
		case 2, 3:
			value()
		case 4:
			b = g.unknown(b, fd.Message(), 0)
		}
	}
	return b
}

// unknown appends a field that a message does not have.
func (g *generator) unknown(b []byte, md protoreflect.MessageDescriptor, depth int) []byte {
	number := protowire.Number(1 + g.IntN(40))
	if g.IntN(3) == 0 {
		number = protowire.Number(1 + g.IntN(1<<29-1))
	}
	if md != nil && md.Fields().ByNumber(number) != nil {
		return b
	}
	if g.IntN(5) > 0 {
		return g.value(b, number, protowire.Type(g.IntN(3)))
	}
	b = g.tag(b, number, protowire.StartGroupType)
	for g.IntN(3) > 0 && depth < 5 {
		b = g.unknown(b, nil, depth+1)
	}
	return g.tag(b, number, protowire.EndGroupType)
}

// value appends a field with some value of a wire type, which may be one that
// means nothing.
func (g *generator) value(b []byte, number protowire.Number, typ protowire.Type) []byte {
	b = g.tag(b, number, typ)
	switch typ {
	case protowire.VarintType:
		return g.varint(b, g.number())
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(b, uint32(g.number()))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(b, g.number())
	case protowire.BytesType:
		return g.block(b, []byte(g.text(true)))
	case protowire.StartGroupType:
		return g.tag(b, number, protowire.EndGroupType)
	}
	return b
}

// deepen puts a message into itself, or behind groups, to a depth about the limit
// of 100.
func (g *generator) deepen(b []byte, md protoreflect.MessageDescriptor) []byte {
	levels := 97 + g.IntN(7)
	var self []protoreflect.FieldDescriptor
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if fd.Message() != nil && !fd.IsMap() {
			self = append(self, fd)
		}
	}
	group := protowire.Number(1<<29 - 1)
	if len(self) == 0 || g.IntN(3) == 0 {
		var deep []byte
		for range levels {
			deep = protowire.AppendTag(deep, group, protowire.StartGroupType)
		}
		for range levels {
			deep = protowire.AppendTag(deep, group, protowire.EndGroupType)
		}
		return append(b, deep...)
	}
	// A chain of fields, each in the message before, as long as there are any.
	var chain []protoreflect.FieldDescriptor
	for at := md; len(chain) < levels; {
		var next []protoreflect.FieldDescriptor
		for i := range at.Fields().Len() {
			if fd := at.Fields().Get(i); fd.Message() != nil && goesOn(fd.Message(), 3) {
				next = append(next, fd)
			}
		}
		if len(next) == 0 {
			break
		}
		fd := next[g.IntN(len(next))]
		chain = append(chain, fd)
		at = fd.Message()
	}
	return append(b, wrap(chain)...)
}

// goesOn reports whether messages lie in such a message, for some levels.
func goesOn(md protoreflect.MessageDescriptor, levels int) bool {
	if levels == 0 {
		return true
	}
	for i := range md.Fields().Len() {
		if of := md.Fields().Get(i).Message(); of != nil && goesOn(of, levels-1) {
			return true
		}
	}
	return false
}

// wrap writes empty messages in one another.
func wrap(chain []protoreflect.FieldDescriptor) []byte {
	var b []byte
	for i := len(chain) - 1; i >= 0; i-- {
		fd := chain[i]
		if fd.Kind() == protoreflect.GroupKind {
			b = append(protowire.AppendTag(nil, fd.Number(), protowire.StartGroupType), b...)
			b = protowire.AppendTag(b, fd.Number(), protowire.EndGroupType)
			continue
		}
		b = append(protowire.AppendVarint(protowire.AppendTag(nil, fd.Number(), protowire.BytesType), uint64(len(b))), b...)
	}
	return b
}
