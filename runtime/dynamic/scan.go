package dynamic

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/wiretype"
	"github.com/volint/volint/runtime/row"
)

// maxDepth is how many messages and groups may lie in one another below a row,
// unknown groups and the entries of maps among them: what C++ and upb allow.
// protobuf-go's own limit leaves groups out that it does not know.
const maxDepth = 100

// scanner walks a frame as its schema says and keeps nothing of it. It finds what
// protobuf-go's decoder does not tell: how many fields the schema does not have,
// those in the entries of maps too, and how deep messages lie. A frame that is cut
// or malformed gets an error with its place.
type scanner struct {
	frame   []byte
	name    string // of the row's message, for errors
	unknown int
	// strange are the places of tags that harmless changes, and endTag that of the
	// group's end that was met last.
	strange []int
	endTag  int
}

// scan walks a whole frame.
func scan(frame []byte, t *Type) (*scanner, error) {
	s := &scanner{frame: frame, name: t.message.FullName}
	_, err := s.fields(0, len(frame), t.descriptor, 0, 0)
	return s, err
}

// harmless is the frame for protobuf-go, which panics where the entry of a map has
// a key of another wire type than the map's behind one that is good. Such keys get
// a number that entries don't have: what they are is fields that are not known.
func (s *scanner) harmless() []byte {
	if len(s.strange) == 0 {
		return s.frame
	}
	frame := bytes.Clone(s.frame)
	for _, at := range s.strange {
		frame[at] ^= 1<<3 ^ 3<<3
	}
	return frame
}

// fields walks the fields from at to end of a message, or of a group that is not
// known where md is nil; group is the number of the group that they lie in, or 0.
// It returns the place behind them.
func (s *scanner) fields(at, end int, md protoreflect.MessageDescriptor, group protowire.Number, depth int) (int, error) {
	if depth > maxDepth {
		return 0, s.fault(at, "", row.ErrNesting)
	}
	for at < end {
		number, wire, n, err := tag(s.frame[at:end])
		if err != nil {
			return 0, s.fault(at, "", err)
		}
		start := at
		at += n
		if wire == protowire.EndGroupType {
			if number != group {
				return 0, s.fault(at, strconv.Itoa(int(number)), row.ErrGroup)
			}
			s.endTag = start
			return at, nil
		}
		fd := fieldOf(md, number, wire)
		if fd == nil && md != nil {
			s.unknown++
		}
		if at, err = s.value(at, end, fd, number, wire, depth); err != nil {
			return 0, err
		}
		if fd == nil && number == 1 && md != nil && md.IsMapEntry() {
			s.strange = append(s.strange, start)
			if wire == protowire.StartGroupType {
				s.strange = append(s.strange, s.endTag)
			}
		}
	}
	if group != 0 {
		return 0, s.fault(at, strconv.Itoa(int(group)), row.ErrTruncated)
	}
	return at, nil
}

// value walks a field's value, of which fd is nil where it is not known, and
// returns the place behind it.
func (s *scanner) value(at, end int, fd protoreflect.FieldDescriptor, number protowire.Number, wire protowire.Type, depth int) (int, error) {
	var inside protoreflect.MessageDescriptor
	name := strconv.Itoa(int(number))
	if fd != nil {
		inside, name = fd.Message(), string(fd.Name())
	}
	if wire == protowire.StartGroupType {
		return s.fields(at, end, inside, number, depth+1)
	}
	n := protowire.ConsumeFieldValue(number, wire, s.frame[at:end])
	if n < 0 {
		return 0, s.fault(at, name, reason(wire, n))
	}
	if fd != nil && inside == nil && wire == protowire.BytesType {
		if wiretype.Packable(fd.Kind()) {
			return at + n, s.packed(at, at+n, name, number, wiretype.Of(fd.Kind()))
		}
	}
	if inside != nil {
		content, _ := protowire.ConsumeBytes(s.frame[at : at+n])
		if _, err := s.fields(at+n-len(content), at+n, inside, 0, depth+1); err != nil {
			return 0, err
		}
	}
	return at + n, nil
}

// packed walks the numbers of a list in one piece, whose length is at at.
func (s *scanner) packed(at, end int, name string, number protowire.Number, wire protowire.Type) error {
	_, n := protowire.ConsumeVarint(s.frame[at:end])
	for at += n; at < end; at += n {
		if n = protowire.ConsumeFieldValue(number, wire, s.frame[at:end]); n < 0 {
			return s.fault(at, name, reason(wire, n))
		}
	}
	return nil
}

func (s *scanner) fault(at int, field string, reason error) error {
	return &row.DecodeError{Message: s.name, Field: field, Offset: at, Err: reason}
}

// tag reads a tag: 32 bits in 5 bytes at most.
func tag(b []byte) (protowire.Number, protowire.Type, int, error) {
	v, n := protowire.ConsumeVarint(b[:min(len(b), 5)])
	switch {
	case n < 0 && len(b) < 5:
		return 0, 0, 0, row.ErrTruncated
	case n < 0, v>>3 < 1, v>>3 > uint64(protowire.MaxValidNumber):
		return 0, 0, 0, row.ErrTag
	}
	return protowire.Number(v >> 3), protowire.Type(v & 7), n, nil
}

// reason is why a value can't be read.
func reason(wire protowire.Type, n int) error {
	switch {
	case wire > protowire.Fixed32Type:
		return row.ErrWireType
	case errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF):
		return row.ErrTruncated
	}
	return row.ErrOverflow
}

// fieldOf is the field that a value with this number and wire type belongs to, or
// nil: a field with another wire type than the schema's is one that is not known.
func fieldOf(md protoreflect.MessageDescriptor, number protowire.Number, wire protowire.Type) protoreflect.FieldDescriptor {
	if md == nil {
		return nil
	}
	fd := md.Fields().ByNumber(number)
	if fd == nil || !wiretype.Fits(fd, wire) {
		return nil
	}
	return fd
}
