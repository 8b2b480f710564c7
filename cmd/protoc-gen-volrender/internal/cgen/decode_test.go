package cgen_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
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
)

// Every message of golden/scalars is decoded by the generated C, in both ways
// and under the sanitizers, and by protobuf-go; the verdicts and the values must
// be the same. The frames are valid ones, valid ones that are cut at each byte,
// and valid ones with bytes changed.
func TestDecodesAsProtobufDoes(t *testing.T) {
	sources := golden(t, "scalars")
	request := plugintest.Request(t, sources, nil, "")
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
		program := ctest.Sanitized(t, []string{
			"-I", dir, `-DHEADER="` + f.C.Header + `"`, "-DCOMMANDS=" + f.C.Commands, "-Wno-float-equal",
		}, filepath.Join(testenv.Root(), "cmd/protoc-gen-volrender/internal/cgen/testdata/decode.c"), filepath.Join(dir, f.C.Source))
		for _, m := range f.Messages {
			t.Run(m.Name, func(t *testing.T) {
				d, err := files.FindDescriptorByName(protoreflect.FullName(m.FullName))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, program, m, d.(protoreflect.MessageDescriptor))
			})
		}
	}
}

func compare(t *testing.T, program string, m *plan.Message, d protoreflect.MessageDescriptor) {
	t.Helper()
	frames := samples(d)
	var in bytes.Buffer
	var want []string
	for _, frame := range frames {
		in.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(frame))))
		in.Write(frame)
		row := expect(m, d, frame)
		want = append(want, "const "+row, "place "+row)
	}
	cmd := exec.Command(program, m.FullName)
	cmd.Stdin = &in
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines for %d frames", len(got), len(frames))
	}
	good := 0
	for i, line := range got {
		if line != want[i] {
			t.Fatalf("frame %x:\n%s", frames[i/2], cmp.Diff(want[i], line))
		}
		if strings.Contains(line, " ok:") {
			good++
		}
	}
	if good < 400 || len(got)-good < 400 {
		t.Errorf("%d of %d frames are good: the samples show nothing", good, len(got))
	}
}

// expect is what decode.c prints for a frame.
func expect(m *plan.Message, d protoreflect.MessageDescriptor, frame []byte) string {
	row := dynamicpb.NewMessage(d)
	if err := proto.Unmarshal(frame, row); err != nil {
		// Nothing has a value, but what can't be without one has none other.
		return "bad:" + fields(m, dynamicpb.NewMessage(d))
	}
	return "ok:" + fields(m, row)
}

func fields(m *plan.Message, row *dynamicpb.Message) string {
	var b strings.Builder
	for _, f := range m.Fields {
		fd := row.Descriptor().Fields().ByNumber(protoreflect.FieldNumber(f.Number))
		v := row.Get(fd)
		if f.Presence != plan.Implicit && !row.Has(fd) || f.HasAbsentValue && number(fd, v) == f.AbsentValue {
			continue
		}
		fmt.Fprintf(&b, " %s=%s", f.Name, text(fd, v))
	}
	return b.String()
}

func number(fd protoreflect.FieldDescriptor, v protoreflect.Value) uint64 {
	switch fd.Kind() {
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return v.Uint()
	}
	return uint64(v.Int())
}

func text(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
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
	case protoreflect.MessageKind:
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
		whole := encode(r, d, i%3 == 0)
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
// unknown fields and fields of a wrong wire type in between.
func encode(r *rand.Rand, d protoreflect.MessageDescriptor, shuffled bool) []byte {
	var b []byte
	order := r.Perm(d.Fields().Len())
	for i := range order {
		at := i
		if shuffled {
			at = order[i]
		}
		fd := d.Fields().Get(at)
		for n := 1 + r.IntN(5)/4; n > 0; n-- {
			b = field(b, r, fd)
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

var (
	goodText = []string{"", "init", "grüße 世界 \U0001f600", "a\x00b", "\uffff\U0010ffff", strings.Repeat("long ", 60)}
	badText  = []string{"\xff", "\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "12345678\xc3", "\xf0\x9f\x98"}
)

func field(b []byte, r *rand.Rand, fd protoreflect.FieldDescriptor) []byte {
	switch fd.Kind() {
	case protoreflect.StringKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		from := goodText
		if r.IntN(40) == 0 {
			from = badText
		}
		return protowire.AppendString(b, from[r.IntN(len(from))])
	case protoreflect.MessageKind:
		b = protowire.AppendTag(b, fd.Number(), protowire.BytesType)
		var time []byte
		for n := protowire.Number(1); n < 4; n++ {
			if r.IntN(4) > 0 {
				time = value(time, r, n, protowire.VarintType)
			}
		}
		return protowire.AppendBytes(b, time)
	}
	return value(b, r, fd.Number(), wireType(fd.Kind()))
}

var wireTypes = []protowire.Type{protowire.VarintType, protowire.Fixed64Type, protowire.BytesType, protowire.Fixed32Type}

func wireType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.BytesKind:
		return protowire.BytesType
	case protoreflect.DoubleKind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protowire.Fixed64Type
	case protoreflect.FloatKind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protowire.Fixed32Type
	}
	return protowire.VarintType
}

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
