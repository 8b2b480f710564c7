package row

import (
	"bytes"
	"math"
	"reflect"
	"sync/atomic"
	"unsafe"
)

// What follows is for generated code: a struct and a description of it are all
// that has to be generated for a message, and a Codec makes the rest of them.

// Codec reads and writes the structs of type T, which must be what a Message, and
// its Wire, say: a field for each of Fields, of the same name and order, and
// behind them
//
//	has     [n]uint64      the presence bits; left out where there are none
//	unknown int            what UnknownFields returns
//	spare   struct{ ... }  for each field with messages by pointers, by its name
//
// where spare keeps messages that a row does not need just now. A struct that is
// anything else makes the first use panic. It may be used by many goroutines.
type Codec[T any] struct{ codec }

// codec is a Codec that knows its type only when the program runs.
type codec struct {
	typ     reflect.Type
	message *Message
	made    atomic.Pointer[layout]
}

// CodecOf returns the Codec of the structs of type T, which hold m.
func CodecOf[T any](m *Message) Codec[T] {
	return Codec[T]{codec{typ: reflect.TypeFor[T](), message: m}}
}

// layout returns how the structs lie in memory.
func (c *codec) layout() *layout {
	if l := c.made.Load(); l != nil {
		return l
	}
	return c.make()
}

// make is apart so that layout can be in line.
func (c *codec) make() *layout {
	l := layoutOf(c.typ, c.message)
	c.made.Store(l)
	return l
}

// Decode is the Decode of a generated struct.
func (c *Codec[T]) Decode(m *T, frame []byte) error {
	return c.decode(hidden(unsafe.Pointer(m)), frame)
}

// DecodeCopy is the DecodeCopy of a generated struct.
func (c *Codec[T]) DecodeCopy(m *T, frame []byte) error {
	return c.Decode(m, bytes.Clone(frame))
}

// Append is the Append of a generated struct.
func (c *Codec[T]) Append(b []byte, m *T) []byte {
	return c.layout().append(b, hidden(unsafe.Pointer(m)))
}

// Reset makes m empty, and keeps the memory of its lists, maps and messages for
// what is decoded next.
func (c *Codec[T]) Reset(m *T) { c.layout().reset(hidden(unsafe.Pointer(m))) }

// Clone returns a copy of m that borrows nothing and shares nothing with it.
func (c *Codec[T]) Clone(m *T) *T {
	copied := new(T)
	c.layout().clone(unsafe.Pointer(copied), hidden(unsafe.Pointer(m)))
	return copied
}

// Equal reports whether both have the same fields set to the same values.
func (c *Codec[T]) Equal(a, b *T) bool {
	return c.layout().equal(hidden(unsafe.Pointer(a)), hidden(unsafe.Pointer(b)))
}

// Value is the Value of a generated struct. Lists, maps and messages of it are
// read when they are asked for.
func (c *Codec[T]) Value(m *T, i int) Value {
	return c.layout().value(unsafe.Pointer(m), i)
}

// MessageOf returns the description of a type of rows: what Field.Message is
// where a struct has the type in it.
func MessageOf[T any, P pointer[T]]() *Message { return P(new(T)).Message() }

// hidden returns p so that the compiler does not take what it points to for
// something that is kept: else a row that a program declares would always be
// allocated. Nothing that gets the result keeps it beyond its own return.
//
//go:nosplit
func hidden(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return *(*unsafe.Pointer)(unsafe.Pointer(&x))
}

// FloatOfBits and DoubleOfBits are numbers that Go has no constants for.
func FloatOfBits(bits uint32) float32 { return math.Float32frombits(bits) }

// DoubleOfBits is FloatOfBits for 64 bits.
func DoubleOfBits(bits uint64) float64 { return math.Float64frombits(bits) }
