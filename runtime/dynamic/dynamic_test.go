package dynamic_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/gen/go/pandavolint"
	"github.com/volint/volint/gen/go/pandavolint/pandavolintrow"
	"github.com/volint/volint/golden/scalars/go/scalarsrow"
	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
)

func task(name string) *pandavolintrow.LinuxPslistTask {
	m := new(pandavolintrow.LinuxPslistTask)
	m.SetName(name)
	m.SetPid(1)
	m.SetDtb(1<<64 - 1)
	return m
}

func goTask(name string) *pandavolint.LinuxPslistTask {
	return &pandavolint.LinuxPslistTask{Name: &name, Pid: proto.Uint32(1), Dtb: proto.Uint64(1<<64 - 1)}
}

// TestMessageLinked: a program that links protoc-gen-go's type gets that.
func TestMessageLinked(t *testing.T) {
	got, err := dynamic.Message(task("init"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := got.(*pandavolint.LinuxPslistTask); !ok {
		t.Errorf("the type is %T", got)
	}
	if diff := cmp.Diff(goTask("init"), got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

// TestMessageDynamic: a program that does not gets a dynamic one, twice the same.
func TestMessageDynamic(t *testing.T) {
	m := new(scalarsrow.Proto2)
	m.SetAUint32(7)
	m.SetATimestamp(row.Timestamp{Seconds: 3})
	for range 2 {
		got, err := dynamic.Message(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := got.(*dynamicpb.Message); !ok {
			t.Errorf("the type is %T", got)
		}
		if name := got.ProtoReflect().Descriptor().FullName(); name != "golden.scalars.v1.Proto2" {
			t.Errorf("the name is %s", name)
		}
		if diff := cmp.Diff(`a_uint32:7 a_timestamp:{seconds:3}`, strings.ReplaceAll(got.(*dynamicpb.Message).String(), "  ", " ")); diff != "" {
			t.Error(diff)
		}
	}
}

func TestMessageRefused(t *testing.T) {
	m := new(scalarsrow.Proto3)
	m.AString = "\xff"
	for _, r := range []row.Row{m, new(scalarsrow.Required)} {
		if got, err := dynamic.Message(r); err == nil || !strings.Contains(err.Error(), r.Message().FullName) {
			t.Errorf("%v, error %v", got, err)
		}
	}
}

func TestMessages(t *testing.T) {
	stream := row.AppendFrame(nil, task("init"))
	bad := len(stream)
	stream = append(stream, 1, 0, 0, 0, 0x08)
	stream = row.AppendFrame(stream, task("sshd"))
	stream = append(stream, 9, 0)

	var names []string
	var errs []error
	for m, err := range dynamic.Messages[*pandavolint.LinuxPslistTask](bytes.NewReader(stream)) {
		if err != nil {
			if m != nil {
				t.Errorf("a message beside the error: %v", m)
			}
			errs = append(errs, err)
			continue
		}
		names = append(names, m.GetName())
	}
	if diff := cmp.Diff([]string{"init", "sshd"}, names); diff != "" {
		t.Error(diff)
	}
	var content *row.RowError
	var broken *row.FrameError
	if len(errs) != 2 || !errors.As(errs[0], &content) || !errors.As(errs[1], &broken) {
		t.Fatalf("errors %v", errs)
	}
	if content.Frame != 2 || content.Offset != int64(bad) {
		t.Errorf("the bad row is %v", content)
	}
	if broken.Frame != 4 || broken.Offset != int64(len(stream)) || !errors.Is(broken, io.ErrUnexpectedEOF) {
		t.Errorf("the end is %v", broken)
	}
}

func TestMessagesLimitAndStop(t *testing.T) {
	stream := row.AppendFrame(row.AppendFrame(nil, task("init")), task("sshd"))
	for _, err := range dynamic.Messages[*pandavolint.LinuxPslistTask](bytes.NewReader(stream), row.Limit(3)) {
		if !errors.Is(err, row.ErrTooLong) {
			t.Errorf("error %v", err)
		}
	}
	for range dynamic.Messages[*pandavolint.LinuxPslistTask](bytes.NewReader(stream)) {
		break
	}
	for m, err := range dynamic.Messages[proto.Message](bytes.NewReader(stream)) {
		if err == nil {
			t.Errorf("an interface is no type to make messages of: %v", m)
		}
	}
}

// TestTypeOfMissing: a type whose file is not there is named.
func TestTypeOfMissing(t *testing.T) {
	file, err := protodesc.FileOptions{AllowUnresolvable: true}.New(&descriptorpb.FileDescriptorProto{
		Name:       proto.String("odd.proto"),
		Dependency: []string{"other.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M"), Field: []*descriptorpb.FieldDescriptorProto{{
			Name: proto.String("odd"), Number: proto.Int32(1), TypeName: proto.String(".other.Other"),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(),
		}}}},
	}, new(protoregistry.Files))
	if err != nil {
		t.Fatal(err)
	}
	want := "the type of M.odd, other.Other, is missing"
	if _, err := dynamic.NewRow(file.Messages().Get(0)); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestTypeOfGenerated: descriptors that protoc-gen-go linked have the options too.
func TestTypeOfGenerated(t *testing.T) {
	r, err := dynamic.NewRow((*pandavolint.LinuxPslistTask)(nil).ProtoReflect().Descriptor())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Decode(task("init").Append(nil)); err != nil {
		t.Fatal(err)
	}
	for i, f := range r.Message().Fields {
		if f.Name == "dtb" && (f.Meaning != row.Address || r.Value(i).Present()) {
			t.Errorf("meaning %d, value %v", f.Meaning, r.Value(i))
		}
		if want := f.Name == "offset" || f.Name == "pid"; f.Identifies != want {
			t.Errorf("%s identifies a row: %v, want %v", f.Name, f.Identifies, want)
		}
	}
	if r.Value(-1).Kind() != 0 || r.Value(7).Kind() != 0 {
		t.Error("a field that is not there has a value")
	}
}
