// Package oracle says what must come of a message: Google's protobuf reads it,
// and where Go's and the C one that Python has (upb) differ, what volint promises
// decides:
//
//   - Messages, groups and the entries of maps lie in one another up to 100 levels
//     below the row, unknown groups too, as in upb and C++. protobuf-go does not
//     count unknown groups.
//   - A tag has 5 bytes and 32 bits at most, as in upb and C++. protobuf-go takes
//     10 bytes.
//   - A number that an enum does not have is a value, of a closed enum too, as in
//     protobuf-go. upb and C++ take it for an unknown field.
//   - Text that must be UTF-8 is checked where the specification asks for it
//     (proto3, editions), as in protobuf-go.
//   - Without a required field the row is refused, as in protobuf-go.
package oracle

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Result is what reading a message gives.
type Result struct {
	// OK says that the message is taken; the rest is zero otherwise.
	OK bool
	// Unknown counts the fields that the schema does not have.
	Unknown int
	// Values are the values, as Text prints them.
	Values string
}

func (r Result) String() string {
	if !r.OK {
		return "refused"
	}
	return fmt.Sprintf("%s and %d unknown fields", r.Values, r.Unknown)
}

// Agrees reports whether upb's verdict and values are what they must be, but for
// what upb is known to do: refuse a length of more than 5 bytes, take a varint of
// more than 64 bits and a field number 0 in an unknown group, and put an entry of
// a map that has unknown fields among the unknown ones itself.
func Agrees(md protoreflect.MessageDescriptor, b []byte, upb, want Result) bool {
	w := &walker{limit: MaxNesting}
	_, _ = w.fields(b, md, 0, 0)
	switch {
	case w.entryUnknown: // a required field may lack in it, too
		return true
	case upb.OK != want.OK:
		return w.longLength && want.OK || (w.overflow || w.zero) && upb.OK
	}
	return upb.Values == want.Values
}

// Read reads a message.
func Read(md protoreflect.MessageDescriptor, b []byte) Result { return read(md, b, MaxNesting) }

// ReadAgain reads what was written of a message that was read. It may have one
// level more: an entry of a map that had no value is written with an empty one.
func ReadAgain(md protoreflect.MessageDescriptor, b []byte) Result { return read(md, b, MaxNesting+1) }

func read(md protoreflect.MessageDescriptor, b []byte, limit int) Result {
	w := &walker{limit: limit}
	if _, err := w.fields(b, md, 0, 0); err != nil {
		return Result{}
	}
	if w.entryUnknown {
		// protobuf-go panics after an entry that has a good key and then one of a
		// wrong wire type.
		b = known(b, md)
	}
	m := dynamicpb.NewMessage(md)
	if err := proto.Unmarshal(b, m); err != nil {
		return Result{}
	}
	return Result{OK: true, Unknown: w.unknown, Values: Text(m)}
}
