package plugin_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugin"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
)

// FuzzRun gives the plug-in requests that no compiler made. It may refuse them
// in whatever words; it must answer.
func FuzzRun(f *testing.F) {
	for _, sources := range []map[string]string{
		{"one.proto": oneMessage},
		{"rich.proto": richMessage},
	} {
		seed, err := proto.Marshal(plugintest.Request(f, sources, nil, ""))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, request []byte) {
		var stdout bytes.Buffer
		status := plugin.Run(context.Background(), plugin.Env{
			Stdin: bytes.NewReader(request), Stdout: &stdout, Stderr: io.Discard, LookPath: noPython,
		})
		if status == 0 && stdout.Len() == 0 {
			t.Error("neither an answer nor an error")
		}
	})
}

const richMessage = `edition = "2023";
package p;
import "volint/volrender/v1/absence.proto";
import "volint/volrender/v1/options.proto";
import "google/protobuf/timestamp.proto";
// A comment.
message m {
  option (volint.volrender.v1.command) = {volatility2: {rows: "data" imports: "import a"} volatility3: {plugin: "a.B"}};
  uint64 a = 1 [(volint.volrender.v1.field) = {volatility2: {expression: "row.a"} absent_value: 3 absence: "why"}];
  volint.volrender.v1.Absence why = 2;
  google.protobuf.Timestamp t = 3 [(volint.volrender.v1.field).volatility2.expression = "row.t"];
  enum E { Z = 0; Y = 1; }
  E e = 4 [(volint.volrender.v1.field).volatility2.none = true];
}
`
