// Package peers decodes and encodes the data set with each of the Go decoders: its
// tests hold that all read the same, its benchmarks measure. The generated code is
// below build, where bench/decode/decode.py puts it.
package peers

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/volint/volint/bench/decode/build/go/opaque"
	"github.com/volint/volint/bench/decode/build/go/open"
	"github.com/volint/volint/bench/decode/build/go/vt"
	"github.com/volint/volint/bench/decode/easy"
	"github.com/volint/volint/bench/decode/rows"
	"github.com/volint/volint/runtime/row"
)

// A peer is one way to decode and encode.
type peer struct {
	name string
	// decoder returns a function that decodes a frame, and one that returns the
	// row it decoded last.
	decoder func(set string) (decode func([]byte) error, last func() any)
	// encode appends the encoding of a row that decoder gave; nil where the row's
	// encoder is another peer's.
	encode func(b []byte, row any) ([]byte, error)
}

var all = []peer{
	{"protobuf-go, open, new message", openNew, appendProto},
	{"protobuf-go, opaque, reused", opaqueReused, appendProto},
	{"vtprotobuf, unsafe, new message", vtNew, nil},
	{"vtprotobuf, unsafe, reused", vtReused, appendVT},
	{"easyproto", easyReused, func(b []byte, row any) ([]byte, error) { return easy.Append(b, row), nil }},
	{"by hand", handReused, func(b []byte, r any) ([]byte, error) { return r.(rows.Row).Append(b), nil }},
	{"volint, Decode", volintReused, func(b []byte, r any) ([]byte, error) { return r.(row.Row).Append(b), nil }},
}

func openNew(set string) (func([]byte) error, func() any) {
	var last proto.Message
	newMessage := map[string]func() proto.Message{
		"pslist":   func() proto.Message { return new(open.LinuxPslistTask) },
		"mixed":    func() proto.Message { return new(open.Mixed) },
		"nested":   func() proto.Message { return new(open.Process) },
		"kallsyms": func() proto.Message { return new(open.Symbol) },
	}[set]
	decode := func(frame []byte) error {
		last = newMessage()
		return proto.Unmarshal(frame, last)
	}
	return decode, func() any { return last }
}

func opaqueReused(set string) (func([]byte) error, func() any) {
	message := map[string]proto.Message{
		"pslist": new(opaque.LinuxPslistTask), "mixed": new(opaque.Mixed),
		"nested": new(opaque.Process), "kallsyms": new(opaque.Symbol),
	}[set]
	return func(frame []byte) error { return proto.Unmarshal(frame, message) }, func() any { return message }
}

func appendProto(b []byte, row any) ([]byte, error) {
	return proto.MarshalOptions{}.MarshalAppend(b, row.(proto.Message))
}

type vtMessage interface {
	proto.Message
	Reset()
	UnmarshalVTUnsafe([]byte) error
	SizeVT() int
	MarshalToSizedBufferVT([]byte) (int, error)
}

func vtNew(set string) (func([]byte) error, func() any) {
	var last vtMessage
	newMessage := map[string]func() vtMessage{
		"pslist":   func() vtMessage { return new(vt.LinuxPslistTask) },
		"mixed":    func() vtMessage { return new(vt.Mixed) },
		"nested":   func() vtMessage { return new(vt.Process) },
		"kallsyms": func() vtMessage { return new(vt.Symbol) },
	}[set]
	decode := func(frame []byte) error {
		last = newMessage()
		return last.UnmarshalVTUnsafe(frame)
	}
	return decode, func() any { return last }
}

func vtReused(set string) (func([]byte) error, func() any) {
	message := map[string]vtMessage{
		"pslist": new(vt.LinuxPslistTask), "mixed": new(vt.Mixed), "nested": new(vt.Process), "kallsyms": new(vt.Symbol),
	}[set]
	decode := func(frame []byte) error {
		message.Reset()
		return message.UnmarshalVTUnsafe(frame)
	}
	return decode, func() any { return message }
}

func appendVT(b []byte, row any) ([]byte, error) {
	m := row.(vtMessage)
	size := m.SizeVT()
	start := len(b)
	b = append(b, make([]byte, size)...)
	_, err := m.MarshalToSizedBufferVT(b[start:])
	return b, err
}

func easyReused(set string) (func([]byte) error, func() any) {
	var task rows.Task
	var mixed rows.Mixed
	var symbol rows.Symbol
	var process rows.Process
	switch set {
	case "pslist":
		return func(frame []byte) error { return easy.Task(&task, frame) }, func() any { return &task }
	case "mixed":
		return func(frame []byte) error { return easy.Mixed(&mixed, frame) }, func() any { return &mixed }
	case "kallsyms":
		return func(frame []byte) error { return easy.Symbol(&symbol, frame) }, func() any { return &symbol }
	}
	return func(frame []byte) error { return easy.Process(&process, frame) }, func() any { return &process }
}

var errHand = fmt.Errorf("the decoder written by hand refuses the row")

func handReused(set string) (func([]byte) error, func() any) {
	var task rows.Task
	var mixed rows.Mixed
	var symbol rows.Symbol
	var process rows.Process
	check := func(ok bool) error {
		if !ok {
			return errHand
		}
		return nil
	}
	switch set {
	case "pslist":
		return func(frame []byte) error { return check(task.Decode(frame)) }, func() any { return &task }
	case "mixed":
		return func(frame []byte) error { return check(mixed.Decode(frame)) }, func() any { return &mixed }
	case "kallsyms":
		return func(frame []byte) error { return check(symbol.Decode(frame)) }, func() any { return &symbol }
	}
	return func(frame []byte) error { return check(process.Decode(frame)) }, func() any { return &process }
}
