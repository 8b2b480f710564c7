package fuzz

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/fuzz/oracle"
	"github.com/volint/volint/runtime/row"
)

// structs are rows of a generated struct: one that is new, and one that is used
// again and again.
type structs struct {
	md     protoreflect.MessageDescriptor
	fresh  func() row.Row
	reused row.Row
}

func newStructs(md protoreflect.MessageDescriptor, fresh func() row.Row) *structs {
	return &structs{md, fresh, fresh()}
}

// try reads a message in all ways that generated structs have: into a new row and
// into a used one, from a frame that must stay as it is, and from a frame that may
// change; what is read must be right, and be equal to itself.
func (s *structs) try(t *testing.T, message []byte) {
	t.Helper()
	frame := bytes.Clone(message)
	fresh := s.fresh()
	a := readRow(fresh, s.md, frame)
	same(t, s.md, message, a)
	if !bytes.Equal(frame, message) {
		t.Fatalf("%s: %x: the frame has changed", s.md.FullName(), message)
	}
	if again := readRow(s.reused, s.md, frame); again.Result != a.Result || !bytes.Equal(again.Encoded, a.Encoded) {
		t.Fatalf("%s: %x\na row that was used has %v, a new one %v", s.md.FullName(), message, again, a)
	}
	if a.OK {
		s.tryCopy(t, frame, a.Result)
	} else if text := oracle.RowText(fresh, s.md); text != "{}" {
		t.Fatalf("%s: %x: after the error the row has %s", s.md.FullName(), message, text)
	}
}

// tryCopy wipes the frame that a copy was made of.
func (s *structs) tryCopy(t *testing.T, frame []byte, want oracle.Result) {
	t.Helper()
	spent := bytes.Clone(frame)
	r := s.fresh()
	copier, ok := r.(interface{ DecodeCopy([]byte) error })
	if !ok {
		t.Fatalf("%T has no DecodeCopy", r)
	}
	if err := copier.DecodeCopy(spent); err != nil {
		t.Fatalf("%s: %x: DecodeCopy: %v", s.md.FullName(), frame, err)
	}
	clear(spent)
	got := oracle.Result{OK: true, Unknown: r.UnknownFields(), Values: oracle.RowText(r, s.md)}
	if got != want {
		t.Fatalf("%s: %x\ncopied: %v\nwant:   %v", s.md.FullName(), frame, got, want)
	}
}

// fuzzAll looks for bytes that are read wrongly.
func fuzzAll(f *testing.F, all []*structs) {
	random := rand.New(rand.NewPCG(3, 4))
	for i, s := range all {
		for _, message := range messages(random, s.md, 20) {
			f.Add(uint8(i), message)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, message []byte) {
		all[int(which)%len(all)].try(t, message)
	})
}
