//go:build conformance

// This program is driven by Google's conformance runner: it reads requests,
// decodes what they carry and encodes it again, by generated code alone. The code
// for the runner's messages is made when the tests run, and lies in none of the
// repository's folders.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/volint/volint/internal/conformance/testee/go/conformance/conformancerow"
	"github.com/volint/volint/internal/conformance/testee/go/protobuf_test_messages/editions/editionsrow"
	editions2 "github.com/volint/volint/internal/conformance/testee/go/protobuf_test_messages/editions/proto2/proto2row"
	editions3 "github.com/volint/volint/internal/conformance/testee/go/protobuf_test_messages/editions/proto3/proto3row"
	"github.com/volint/volint/internal/conformance/testee/go/protobuf_test_messages/proto2/proto2row"
	"github.com/volint/volint/internal/conformance/testee/go/protobuf_test_messages/proto3/proto3row"
	"github.com/volint/volint/runtime/row"
)

// codecs has a codec for each message that the runner sends.
var codecs = map[string]func(payload []byte) (decoded, error){
	"protobuf_test_messages.proto2.TestAllTypesProto2":          codec[proto2row.TestAllTypesProto2](),
	"protobuf_test_messages.proto3.TestAllTypesProto3":          codec[proto3row.TestAllTypesProto3](),
	"protobuf_test_messages.editions.proto2.TestAllTypesProto2": codec[editions2.TestAllTypesProto2](),
	"protobuf_test_messages.editions.proto3.TestAllTypesProto3": codec[editions3.TestAllTypesProto3](),
	"protobuf_test_messages.editions.TestAllTypesEdition2023":   codec[editionsrow.TestAllTypesEdition2023](),
}

// decoded is a message after the way through a struct: as bytes.
type decoded struct {
	encoded []byte
	// otherwise is what is wrong with another way to the same bytes, or "".
	otherwise string
}

// generated is what the generated code has for a message T.
type generated[T any] interface {
	*T
	row.Row
	Clone() *T
	Equal(*T) bool
}

// codec goes the plain way, and those on which what an earlier row left behind,
// or a copy lacks, would be seen.
func codec[T any, P generated[T]]() func([]byte) (decoded, error) {
	reused := P(new(T))
	return func(payload []byte) (decoded, error) {
		fresh := P(new(T))
		err, again := fresh.Decode(payload), reused.Decode(payload)
		if err != nil || again != nil {
			if err == nil || again == nil {
				return decoded{otherwise: fmt.Sprintf("a new row says %v, a reused one %v", err, again)}, nil
			}
			return decoded{}, err
		}
		d := decoded{encoded: fresh.Append(nil)}
		clone := P(fresh.Clone())
		switch {
		case !bytes.Equal(reused.Append(nil), d.encoded):
			d.otherwise = "a reused row encodes to something else"
		case !bytes.Equal(clone.Append(nil), d.encoded):
			d.otherwise = "a clone encodes to something else"
		case !fresh.Equal(reused) || !fresh.Equal(clone):
			d.otherwise = "rows of the same bytes are not equal"
		case reused.UnknownFields() != fresh.UnknownFields():
			d.otherwise = "a reused row counts other unknown fields"
		}
		return d, nil
	}
}

func answer(request *conformancerow.ConformanceRequest) *conformancerow.ConformanceResponse {
	response := new(conformancerow.ConformanceResponse)
	binary := request.HasProtobufPayload() && request.RequestedOutputFormat == conformancerow.WireFormat_PROTOBUF
	codec, known := codecs[request.MessageType]
	switch {
	case !binary:
		response.SetSkipped("JSON and text are not volint's")
	case !known:
		response.SetRuntimeError("there is no message " + request.MessageType)
	default:
		d, err := codec(request.ProtobufPayload)
		switch {
		case err != nil:
			response.SetParseError(err.Error())
		case d.otherwise != "":
			response.SetRuntimeError(d.otherwise)
		default:
			response.SetProtobufPayload(d.encoded)
		}
	}
	return response
}

func run() error {
	out := row.NewWriter(os.Stdout)
	for request, err := range row.Rows[conformancerow.ConformanceRequest](row.NewReader(os.Stdin)) {
		if err != nil {
			return err
		}
		if err := out.Write(answer(request)); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
