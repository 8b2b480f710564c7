package dynamic_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/internal/fuzz/message"
	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
)

// TestDescriptions: what generated code says of a message, and of those within it,
// is what is read of its schema.
func TestDescriptions(t *testing.T) {
	for _, p := range pairs(t) {
		want, got := map[string][]field{}, map[string][]field{}
		describe(want, p.typ.Message())
		describe(got, p.command.Message)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-schema +generated):\n%s", p.command.Name, diff)
		}
	}
}

// field is a field's description in a form that can be compared.
type field struct {
	row.Field
	Message, Default string
}

// describe adds a message and those of its fields, by name.
func describe(all map[string][]field, m *row.Message) {
	if _, ok := all[m.FullName]; ok {
		return
	}
	all[m.FullName] = []field{}
	for _, f := range m.Fields {
		out := field{Field: f, Default: fmt.Sprint(f.Default.Kind(), f.Default)}
		if f.Message != nil {
			out.Message = f.Message().FullName
			describe(all, f.Message())
		}
		out.Field.Message, out.Field.Default = nil, row.Value{}
		all[m.FullName] = append(all[m.FullName], out)
	}
}

// TestAgree writes random messages with protobuf-go and compares what generated
// code reads of them, and writes again.
func TestAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, p := range scalars(t) {
		t.Run(p.command.Name, func(t *testing.T) {
			for range 300 {
				m := dynamicpb.NewMessage(p.descriptor)
				fill(m, random)
				encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				generated := agree(t, p, encoded)
				if diff := cmp.Diff(encoded, generated.Append(nil)); diff != "" {
					t.Fatalf("%v\nis written as (-protobuf +generated):\n%s", m, diff)
				}
			}
		})
	}
}

// TestAgreeOnAnything: messages of every shape, well-formed and not, and what comes
// of them when they are written again.
func TestAgreeOnAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for _, p := range pairs(t) {
		t.Run(p.command.Name, func(t *testing.T) {
			var last []byte
			taken := 0
			for range 300 {
				whole := message.Random(random, p.descriptor)
				for _, b := range [][]byte{whole, message.Mutate(random, whole, last)} {
					if generated := agree(t, p, b); generated != nil {
						rewritten(t, p, generated)
						taken++
					}
				}
				last = whole
			}
			if taken < 100 {
				t.Errorf("only %d messages were taken", taken)
			}
		})
	}
}

// rewritten checks that what a row is written as is read as the row again.
func rewritten(t *testing.T, p pair, r row.Row) {
	t.Helper()
	again := p.typ.New()
	b := r.Append(nil)
	// An entry of a map that had no value is written with an empty one, which may
	// be one level too deep.
	if err := again.Decode(b); errors.Is(err, row.ErrNesting) {
		return
	} else if err != nil {
		t.Fatalf("%s: %x: %v", p.command.Name, b, err)
	}
	if got, want := row.NestedValue(true, again), row.NestedValue(true, r); !got.Equal(want) {
		t.Fatalf("%s: written as %x\nand read again as %v\nwas %v", p.command.Name, b, got, want)
	}
}

// agree decodes a message both ways and compares: both refuse it, or both have
// the same values. It returns the generated row, nil if refused.
func agree(t *testing.T, p pair, b []byte) row.Row {
	t.Helper()
	generated, read := p.command.New(), p.typ.New()
	gotErr, wantErr := generated.Decode(b), read.Decode(b)
	if (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("%s: %x:\ngenerated: %v\nprotobuf: %v", p.command.Name, b, gotErr, wantErr)
	}
	for i, f := range generated.Message().Fields {
		if got, want := generated.Value(i), read.Value(i); !got.Equal(want) {
			t.Fatalf("%s: %x: field %s: generated %v, protobuf %v", p.command.Name, b, f.Name, got, want)
		}
	}
	if got, want := generated.UnknownFields(), read.UnknownFields(); got != want {
		t.Fatalf("%s: %x: unknown fields: generated %d, protobuf %d", p.command.Name, b, got, want)
	}
	if gotErr != nil {
		return nil
	}
	return generated
}

// fill sets some fields to numbers and texts at the edges; required ones always.
func fill(m *dynamicpb.Message, random *rand.Rand) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Cardinality() != protoreflect.Required && random.IntN(3) == 0 {
			continue
		}
		if f.Message() != nil {
			at := m.Mutable(f).Message()
			at.Set(at.Descriptor().Fields().ByNumber(1), number(protoreflect.Int64Kind, random))
			at.Set(at.Descriptor().Fields().ByNumber(2), number(protoreflect.Int32Kind, random))
			continue
		}
		m.Set(f, scalar(f.Kind(), random))
	}
}

func scalar(kind protoreflect.Kind, random *rand.Rand) protoreflect.Value {
	switch kind {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(random.IntN(2) == 0)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString([]string{"", "init", "größe", strings.Repeat("x", 200)}[random.IntN(4)])
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([][]byte{{}, {0}, {0xff, 0xfe}, bytes.Repeat([]byte{0x80}, 200)}[random.IntN(4)])
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32([]float32{0, float32(math.Copysign(0, -1)), 1.5, float32(math.NaN()), float32(math.Inf(-1)), math.MaxFloat32}[random.IntN(6)])
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64([]float64{0, math.Copysign(0, -1), 1.5, math.NaN(), math.Inf(-1), math.MaxFloat64}[random.IntN(6)])
	}
	return number(kind, random)
}

func number(kind protoreflect.Kind, random *rand.Rand) protoreflect.Value {
	n := []int64{0, 1, -1, 127, 128, -128, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64, random.Int64()}[random.IntN(11)]
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(n)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n))
	}
	return protoreflect.ValueOfUint64(uint64(n))
}

// TestMerge: the last value wins, and a Timestamp that comes twice is merged.
func TestMerge(t *testing.T) {
	timestamp := func(body string) string { return "\xe2\x01" + string(protowire.AppendString(nil, body)) }
	message := []byte("\x28\x01\x28\x02" + timestamp("\x08\x05\x10\x07") + timestamp("\x1a\x01x\x08\x06"))
	m := agree(t, scalars(t)[0], message)
	for i, f := range m.Message().Fields {
		switch v := m.Value(i); {
		case f.Name == "a_uint32" && v.Uint() != 2:
			t.Errorf("a_uint32 is %v, want the last value, 2", v)
		case f.Name == "a_timestamp" && v.Timestamp() != row.Timestamp{Seconds: 6, Nanos: 7}:
			t.Errorf("a_timestamp is %v", v)
		}
	}
}

// FuzzDecode: whatever the bytes are, generated code and protobuf-go read the
// same values or both refuse; what was read can be written and read again.
func FuzzDecode(f *testing.F) {
	all := pairs(f)
	random := rand.New(rand.NewPCG(5, 6))
	for i, p := range all {
		for range 3 {
			f.Add(uint8(i), message.Random(random, p.descriptor))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		p := all[int(which)%len(all)]
		generated := agree(t, p, b)
		if generated == nil {
			return
		}
		rewritten(t, p, generated)
	})
}

// TestNoAllocations: generated decoders of all kinds allocate nothing.
func TestNoAllocations(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, p := range scalars(t) {
		m := dynamicpb.NewMessage(p.descriptor)
		fill(m, random)
		message, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		generated := p.command.New()
		if n := testing.AllocsPerRun(10, func() {
			if err := generated.Decode(message); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: decoding allocates %v times", p.command.Name, n)
		}
	}
}

// TestEmbeddedDescriptors: what generated code carries makes the same message as
// the schema.
func TestEmbeddedDescriptors(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for _, p := range scalars(t) {
		m := dynamicpb.NewMessage(p.descriptor)
		fill(m, random)
		message, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []row.Row{p.command.New(), p.typ.New()} {
			if err := r.Decode(message); err != nil {
				t.Fatal(err)
			}
			got, err := dynamic.Message(r)
			if err != nil {
				t.Errorf("%s: %v", p.command.Name, err)
				continue
			}
			again, err := proto.MarshalOptions{Deterministic: true}.Marshal(got)
			if diff := cmp.Diff(message, again); diff != "" || err != nil {
				t.Errorf("%s: %v\n%s", p.command.Name, err, diff)
			}
			if got.ProtoReflect().Descriptor().Fields().Len() != p.descriptor.Fields().Len() {
				t.Errorf("%s has other fields", p.command.Name)
			}
			if len(got.ProtoReflect().GetUnknown()) > 0 {
				t.Errorf("%s: unknown fields", p.command.Name)
			}
		}
	}
}
