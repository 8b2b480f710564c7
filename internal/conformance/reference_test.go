package conformance

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/internal/messageset"
)

// reference is a testee made from protobuf-go, by reflection over a descriptor
// set: an implementation that is known to be good shows what the harness says of
// one.
type reference struct {
	files *protoregistry.Files
	types *dynamicpb.Types // finds extensions
}

func loadReference(set string) (*reference, error) {
	b, err := os.ReadFile(set)
	if err != nil {
		return nil, err
	}
	var files descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(b, &files); err != nil {
		return nil, err
	}
	messageset.Plain(files.File)
	registry, err := protodesc.NewFiles(&files)
	if err != nil {
		return nil, err
	}
	return &reference{registry, dynamicpb.NewTypes(registry)}, nil
}

func (r *reference) message(name string) (*dynamicpb.Message, error) {
	d, err := r.files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, err
	}
	message, ok := d.(protoreflect.MessageDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no message", name)
	}
	return dynamicpb.NewMessage(message), nil
}

// serve answers requests until the input ends: a length of 4 bytes, least byte
// first, is before each request and each response.
func (r *reference) serve(in io.Reader, out io.Writer) error {
	in = bufio.NewReader(in)
	for {
		var size [4]byte
		if _, err := io.ReadFull(in, size[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		request := make([]byte, binary.LittleEndian.Uint32(size[:]))
		if _, err := io.ReadFull(in, request); err != nil {
			return err
		}
		response, err := r.answer(request)
		if err != nil {
			return err
		}
		response = append(binary.LittleEndian.AppendUint32(nil, uint32(len(response))), response...)
		if _, err := out.Write(response); err != nil {
			return err
		}
	}
}

func (r *reference) answer(b []byte) ([]byte, error) {
	request, err := r.message("conformance.ConformanceRequest")
	if err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(b, request); err != nil {
		return nil, err
	}
	response, err := r.message("conformance.ConformanceResponse")
	if err != nil {
		return nil, err
	}
	member, value := r.result(request)
	response.Set(field(response, member), value)
	return proto.Marshal(response)
}

// result is the member of the response that is to be set, and its value.
func (r *reference) result(request *dynamicpb.Message) (protoreflect.Name, protoreflect.Value) {
	payload := field(request, "protobuf_payload")
	output := request.Get(field(request, "requested_output_format")).Enum()
	if !request.Has(payload) || output != 1 {
		return "skipped", protoreflect.ValueOfString("binary format only")
	}
	message, err := r.message(request.Get(field(request, "message_type")).String())
	if err != nil {
		return "runtime_error", protoreflect.ValueOfString(err.Error())
	}
	err = proto.UnmarshalOptions{Resolver: r.types}.Unmarshal(request.Get(payload).Bytes(), message)
	if err != nil {
		return "parse_error", protoreflect.ValueOfString(err.Error())
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		return "serialize_error", protoreflect.ValueOfString(err.Error())
	}
	return "protobuf_payload", protoreflect.ValueOfBytes(b)
}

func field(m *dynamicpb.Message, name protoreflect.Name) protoreflect.FieldDescriptor {
	return m.Descriptor().Fields().ByName(name)
}
