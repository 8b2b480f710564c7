package cgen_test

import (
	"bytes"
	gocmp "cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/internal/wiretype"
)

// Every command of golden/scalars and golden/shapes is decoded by the generated C,
// in both ways and under the sanitizers, by the readers and by the tables alone,
// and by protobuf-go; the verdicts and the values must be the same. The frames are
// valid ones, valid ones that are cut at each byte, and valid ones with bytes
// changed. What C encodes of a row must be that row to protobuf-go, and the same
// bytes by the writers and by the tables alone.
func TestDecodesAsProtobufDoes(t *testing.T) {
	for _, folder := range []string{"scalars", "shapes"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			testDecodes(t, folder)
		})
	}
}

func testDecodes(t *testing.T, folder string) {
	request := plugintest.Request(t, golden(t, folder), nil, "")
	files, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: request.ProtoFile})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plugintest.Build(t, request)
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, p)
	for _, f := range p.Files {
		if len(f.Commands()) == 0 {
			continue
		}
		sources := append(linked(t, dir, p, f), filepath.Join(testenv.Root(), "cmd/protoc-gen-volrender/internal/cgen/testdata/decode.c"))
		program := func(flag string) string {
			return ctest.Sanitized(t, append(include(dir), flag,
				`-DHEADER="`+f.C.Header+`"`, "-DCOMMANDS="+f.C.Commands, "-Wno-float-equal"), sources...)
		}
		fast, small := program("-DVOLINT_FAST"), program("-DVOLINT_SMALL")
		for _, m := range f.Commands() {
			t.Run(m.Name, func(t *testing.T) {
				d, err := files.FindDescriptorByName(protoreflect.FullName(m.FullName))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, fast, small, m, d.(protoreflect.MessageDescriptor))
			})
		}
	}
}

// answers are the lines that a program prints of frames.
func answers(t *testing.T, program, message string, frames [][]byte) []string {
	t.Helper()
	var in bytes.Buffer
	for _, frame := range frames {
		in.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(frame))))
		in.Write(frame)
	}
	cmd := exec.Command(program, message)
	cmd.Stdin = &in
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 3*len(frames) {
		t.Fatalf("%d lines for %d frames", len(lines), len(frames))
	}
	return lines
}

func compare(t *testing.T, fast, small string, m *plan.Message, d protoreflect.MessageDescriptor) {
	t.Helper()
	frames := samples(d)
	got := answers(t, fast, m.FullName, frames)
	for i, line := range answers(t, small, m.FullName, frames) {
		if line != got[i] {
			t.Fatalf("frame %x: by the tables alone\n%s\nand else\n%s", frames[i/3], line, got[i])
		}
	}
	good := 0
	for i, frame := range frames {
		row := dynamicpb.NewMessage(d)
		constant, wire, place := got[3*i], got[3*i+1], got[3*i+2]
		want, skipped := "bad:", 0
		err, stumbled := unmarshal(frame, row)
		if stumbled {
			continue
		}
		if err == nil {
			good++
			want, skipped = "ok:", unknown(row)
			checkWire(t, strings.TrimPrefix(wire, "wire "), row)
		} else {
			// Nothing has a value, but what can't be without one has none other.
			row = dynamicpb.NewMessage(d)
		}
		want += fields(m, row)
		if m.Flat {
			want += fmt.Sprint(" unknown=", skipped)
		} else {
			constant, place = lessUnknown(constant), lessUnknown(place)
		}
		if diff := cmp.Diff([]string{"const " + want, "place " + want}, []string{constant, place}); diff != "" {
			t.Fatalf("frame %x:\n%s", frame, diff)
		}
	}
	if good < 200 || len(frames)-good < 200 {
		t.Errorf("%d of %d frames are good: the samples show nothing", good, len(frames))
	}
}

// unmarshal decodes by protobuf-go, which counts the row itself as a level, as C
// does not, and panics on an entry of a map that has its key again with a wrong
// wire type.
func unmarshal(frame []byte, row proto.Message) (err error, stumbled bool) {
	defer func() { stumbled = recover() != nil }()
	return proto.UnmarshalOptions{RecursionLimit: 101}.Unmarshal(frame, row), false
}

// lessUnknown takes a row's count of unknown fields away: protobuf-go forgets
// those of entries and of members of a oneof that were replaced.
func lessUnknown(line string) string {
	at := strings.LastIndex(line, " unknown=")
	return line[:max(at, 0)]
}

// unknown is how many fields protobuf-go has kept that it does not know.
func unknown(m protoreflect.Message) int {
	count := 0
	for b := m.GetUnknown(); len(b) > 0; count++ {
		_, _, n := protowire.ConsumeField(b)
		b = b[n:]
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.Message() != nil && !fd.IsList() && !fd.IsMap() {
			count += unknown(v.Message())
		}
		return true
	})
	return count
}

// checkWire compares what C wrote of a row, in hexadecimal, with the row.
func checkWire(t *testing.T, wire string, row *dynamicpb.Message) {
	t.Helper()
	written, err := hex.DecodeString(wire)
	if err != nil {
		t.Fatal(err)
	}
	again := dynamicpb.NewMessage(row.Descriptor())
	if err := proto.Unmarshal(written, again); err != nil {
		t.Fatalf("what C wrote is no good: %v\n%x", err, written)
	}
	forget(row)
	if !proto.Equal(row, again) {
		t.Fatalf("C wrote %x\n%v\nof\n%v", written, again, row)
	}
}

// forget takes all unknown fields out of a message.
func forget(m protoreflect.Message) {
	m.SetUnknown(nil)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsMap() && fd.MapValue().Message() != nil:
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				forget(v.Message())
				return true
			})
		case fd.IsList() && fd.Message() != nil:
			for i := range v.List().Len() {
				forget(v.List().Get(i).Message())
			}
		case !fd.IsMap() && fd.Message() != nil:
			forget(v.Message())
		}
		return true
	})
}

// fields is what decode.c prints of a row.
func fields(m *plan.Message, row protoreflect.Message) string {
	var b strings.Builder
	for _, f := range m.Fields {
		fd := row.Descriptor().Fields().ByNumber(protoreflect.FieldNumber(f.Number))
		v := row.Get(fd)
		if f.Label == plan.Singular && (fd.HasPresence() && !row.Has(fd) || f.HasAbsentValue && number(fd, v) == f.AbsentValue) {
			continue
		}
		fmt.Fprintf(&b, " %s=%s", f.Name, member(f, fd, v))
	}
	return b.String()
}

func member(f *plan.Field, fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	var items []string
	switch f.Label {
	case plan.Repeated:
		for i := range v.List().Len() {
			items = append(items, text(f, fd, v.List().Get(i)))
		}
	case plan.Map:
		for _, key := range sortedKeys(v.Map()) {
			items = append(items, text(f.Key, fd.MapKey(), key.Value())+":"+text(f.Value, fd.MapValue(), v.Map().Get(key)))
		}
	default:
		return text(f, fd, v)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func sortedKeys(m protoreflect.Map) []protoreflect.MapKey {
	var keys []protoreflect.MapKey
	m.Range(func(key protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, key)
		return true
	})
	slices.SortFunc(keys, func(a, b protoreflect.MapKey) int {
		switch x := a.Interface().(type) {
		case bool:
			return map[bool]int{false: -1, true: 1}[x]
		case string:
			return strings.Compare(x, b.String())
		case int32, int64:
			return gocmp.Compare(a.Int(), b.Int())
		}
		return gocmp.Compare(a.Uint(), b.Uint())
	})
	return keys
}

func number(fd protoreflect.FieldDescriptor, v protoreflect.Value) uint64 {
	switch fd.Kind() {
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return v.Uint()
	}
	return uint64(v.Int())
}

func text(f *plan.Field, fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return map[bool]string{false: "0", true: "1"}[v.Bool()]
	case protoreflect.EnumKind:
		return fmt.Sprint(int32(v.Enum()))
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		if math.IsNaN(v.Float()) {
			return "nan"
		}
		return fmt.Sprintf("%016x", math.Float64bits(v.Float()))
	case protoreflect.StringKind:
		return hex.EncodeToString([]byte(v.String()))
	case protoreflect.BytesKind:
		return hex.EncodeToString(v.Bytes())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if f.Kind == plan.MessageKind {
			return "(" + fields(f.Message, v.Message()) + ")"
		}
		of := v.Message().Descriptor().Fields()
		return fmt.Sprintf("%d.%d", v.Message().Get(of.ByName("seconds")).Int(), v.Message().Get(of.ByName("nanos")).Int())
	}
	return fmt.Sprint(v.Interface())
}

// samples are frames to try on a message, always the same.
func samples(d protoreflect.MessageDescriptor) [][]byte {
	r := rand.New(rand.NewPCG(1, uint64(d.Fields().Len())))
	frames := [][]byte{{}}
	for i := range 60 {
		whole := encode(r, d, i%3 == 0, 4)
		frames = append(frames, whole)
		if i < 6 {
			for cut := range whole {
				frames = append(frames, whole[:cut])
			}
		}
		for range 20 {
			frames = append(frames, mutate(r, whole))
		}
	}
	return append(frames, odd()...)
}

// odd are frames that a decoder may take wrong, whatever its message.
func odd() [][]byte {
	var frames [][]byte
	for _, s := range []string{
		"00", "0000", "07", "06", "0c", "0b", "0b0c", "0b14", "0b13140c", "0b0814", "0b080c", "0b0a0c",
		"80", "8000", "8800", "880001", "ffffffff0f", "ffffffff7f", "f8ffffff0f01", "f8ffffff1f01",
		"08ffffffffffffffffff01", "08ffffffffffffffffff02", "08ffffffffffffffffff7f", "0880808080808080808080",
		"088080808080808080808001", "08808080808080808000", "0a", "0aff", "0affffffff0f", "0affffffffffffffffff01",
		"12ffffffffffffffff7f", "1a8080808010", "0d010203", "0901020304050607",
		strings.Repeat("0b", 50) + strings.Repeat("0c", 50),
		strings.Repeat("0b", 100) + strings.Repeat("0c", 100),
		strings.Repeat("0b", 20000),
	} {
		b, err := hex.DecodeString(s)
		if err != nil {
			panic(err)
		}
		// Alone, and before a field, so that a fast path that looks ahead is taken.
		frames = append(frames, b, append(b, 0xf2, 0x07, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9))
	}
	return frames
}

func mutate(r *rand.Rand, whole []byte) []byte {
	b := bytes.Clone(whole)
	for range 1 + r.IntN(3) {
		if len(b) == 0 {
			break
		}
		at := r.IntN(len(b))
		switch r.IntN(4) {
		case 0:
			b[at] = byte(r.Uint32())
		case 1:
			b[at] ^= 1 << r.IntN(8)
		case 2:
			b = append(b[:at], b[at+1:]...)
		case 3:
			b = append(b[:at], append([]byte{byte(r.Uint32())}, b[at:]...)...)
		}
	}
	return b
}

// encode writes a message's fields with values of all sizes, some of them twice,
// unknown fields and fields of a wrong wire type in between; messages in it down to
// some depth.
func encode(r *rand.Rand, d protoreflect.MessageDescriptor, shuffled bool, depth int) []byte {
	var b []byte
	order := r.Perm(d.Fields().Len())
	for i := range order {
		at := i
		if shuffled {
			at = order[i]
		}
		fd := d.Fields().Get(at)
		if skipped(r, fd, depth) {
			continue
		}
		for n := 1 + r.IntN(5)/4; n > 0; n-- {
			b = field(b, r, fd, depth)
		}
		switch r.IntN(12) {
		case 0:
			b = value(b, r, 100000, wireTypes[r.IntN(4)])
		case 1:
			b = value(b, r, fd.Number(), wireTypes[r.IntN(4)])
		case 2:
			b = protowire.AppendTag(b, 77, protowire.StartGroupType)
			b = value(b, r, 5, protowire.BytesType)
			b = protowire.AppendTag(b, 77, protowire.EndGroupType)
		}
	}
	return b
}

// skipped says whether a field is left out: a frame with all of a large message's
// parts would only be long.
func skipped(r *rand.Rand, fd protoreflect.FieldDescriptor, depth int) bool {
	if fd.Cardinality() == protoreflect.Required {
		return r.IntN(60) == 0
	}
	if fd.ContainingMessage().FullName().Parent() == "google.protobuf" && depth < 3 {
		return true
	}
	nested := fd.Message() != nil || fd.IsList()
	return nested && (depth == 0 || r.IntN(2) == 0) || fd.ParentFile().Path() != "wide.proto" && r.IntN(4) == 0
}

var (
	goodText = []string{"", "init", "grüße 世界 \U0001f600", "a\x00b", "\uffff\U0010ffff", strings.Repeat("long ", 60)}
	badText  = []string{"\xff", "\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "12345678\xc3", "\xf0\x9f\x98"}
)

func field(b []byte, r *rand.Rand, fd protoreflect.FieldDescriptor, depth int) []byte {
	switch {
	case fd.IsMap():
		for range r.IntN(6) {
			b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
			b = protowire.AppendBytes(b, encode(r, fd.Message(), r.IntN(3) == 0, depth))
		}
		return b
	case fd.IsList() && fd.Message() == nil && wiretype.Of(fd.Kind()) != protowire.BytesType && r.IntN(2) == 0:
		var packed []byte
		for range r.IntN(5) {
			_, _, n := protowire.ConsumeTag(value(nil, r, fd.Number(), wiretype.Of(fd.Kind())))
			packed = append(packed, value(nil, r, fd.Number(), wiretype.Of(fd.Kind()))[n:]...)
		}
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		return protowire.AppendBytes(b, packed)
	case fd.IsList():
		for range r.IntN(4) {
			b = one(b, r, fd, depth)
		}
	}
	return one(b, r, fd, depth)
}

// one writes one value of a field.
func one(b []byte, r *rand.Rand, fd protoreflect.FieldDescriptor, depth int) []byte {
	switch fd.Kind() {
	case protoreflect.StringKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		from := goodText
		if r.IntN(400) == 0 {
			from = badText
		}
		return protowire.AppendString(b, from[r.IntN(len(from))])
	case protoreflect.GroupKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.StartGroupType)
		b = append(b, encode(r, fd.Message(), false, depth-1)...)
		return protowire.AppendTag(b, fd.Number(), protowire.EndGroupType)
	case protoreflect.MessageKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		return protowire.AppendBytes(b, encode(r, fd.Message(), r.IntN(3) == 0, depth-1))
	}
	return value(b, r, fd.Number(), wiretype.Of(fd.Kind()))
}

var wireTypes = []protowire.Type{protowire.VarintType, protowire.Fixed64Type, protowire.BytesType, protowire.Fixed32Type}

func value(b []byte, r *rand.Rand, n protowire.Number, typ protowire.Type) []byte {
	b = protowire.AppendTag(b, n, typ)
	v := r.Uint64() >> r.IntN(64)
	if r.IntN(8) == 0 {
		v = -v
	}
	switch typ {
	case protowire.VarintType:
		return protowire.AppendVarint(b, v)
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(b, uint32(v))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(b, v)
	case protowire.BytesType:
		bytes := make([]byte, r.IntN(20))
		for i := range bytes {
			bytes[i] = byte(r.Uint32())
		}
		return protowire.AppendBytes(b, bytes)
	}
	panic("no value has wire type " + fmt.Sprint(typ))
}
