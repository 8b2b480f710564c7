package plugin_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugin"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

const oneMessage = `syntax = "proto2"; package p; message one { optional uint32 pid = 1; }`

// names are the files of a response.
func names(resp *pluginpb.CodeGeneratorResponse) []string {
	var out []string
	for _, f := range resp.GetFile() {
		if !strings.Contains(f.GetName(), "volrender_") {
			out = append(out, f.GetName())
		}
	}
	return out
}

func TestLanguagesAndPaths(t *testing.T) {
	sources := map[string]string{
		"d/one.proto":   strings.Replace(oneMessage, "message", `option go_package = "example.com/m/d;dpkg"; message`, 1),
		"d/plain.proto": strings.NewReplacer("package p", "package q.r", "one", "plain").Replace(oneMessage),
	}
	for _, c := range []struct {
		parameter string
		want      string
	}{
		{"", "d/one.volrender.c d/one.volrender.h d/plain.volrender.c d/plain.volrender.h" +
			" example.com/m/d/dpkgrow/one.volrender.go" +
			" python/__init__.py python/d_one_rows.py python/d_plain_rows.py" +
			" python2/d_one_volrender.messages python2/d_one_volrender.py python2/d_plain_volrender.messages python2/d_plain_volrender.py python3/d_one_volrender.messages python3/d_one_volrender.py python3/d_plain_volrender.messages python3/d_plain_volrender.py" +
			" q/r/rrow/plain.volrender.go"},
		{"lang=go,paths=source_relative", "d/dpkgrow/one.volrender.go d/rrow/plain.volrender.go"},
		{"lang=go,module=example.com/m", "d/dpkgrow/one.volrender.go q/r/rrow/plain.volrender.go"},
		{"lang=go,go_suffix=_rows", "example.com/m/d/dpkg_rows/one.volrender.go q/r/r_rows/plain.volrender.go"},
		{"lang=go,Md/plain.proto=example.com/other", "example.com/m/d/dpkgrow/one.volrender.go example.com/other/otherrow/plain.volrender.go"},
		{"lang=c", "d/one.volrender.c d/one.volrender.h d/plain.volrender.c d/plain.volrender.h"},
		{"lang=python", "__init__.py d_one_rows.py d_plain_rows.py"},
		{"lang=python2", "d_one_volrender.messages d_one_volrender.py d_plain_volrender.messages d_plain_volrender.py"},
		{"lang=python3+python3", "d_one_volrender.messages d_one_volrender.py d_plain_volrender.messages d_plain_volrender.py"},
		{"lang=python3,lang=python2", "python2/d_one_volrender.messages python2/d_one_volrender.py python2/d_plain_volrender.messages python2/d_plain_volrender.py python3/d_one_volrender.messages python3/d_one_volrender.py python3/d_plain_volrender.messages python3/d_plain_volrender.py"},
	} {
		resp := run(t, plugintest.Request(t, sources, nil, c.parameter), noPython)
		if resp.Error != nil {
			t.Errorf("%q: %s", c.parameter, resp.GetError())
		}
		if diff := cmp.Diff(strings.Fields(c.want), names(resp)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.parameter, diff)
		}
	}
}

// Two files that go to one Go package under one name.
func TestTwins(t *testing.T) {
	option := `option go_package = "example.com/m"; message`
	resp := run(t, plugintest.Request(t, map[string]string{
		"a/one.proto": strings.Replace(oneMessage, "message", option, 1),
		"b/one.proto": strings.NewReplacer("package p", "package q", "message one", option+" two").Replace(oneMessage),
	}, nil, "lang=go"), noPython)
	want := "two .proto files would both become example.com/m/mrow/one.volrender.go\n" +
		"  hint: rename one of the .proto files, or give them different go_package options"
	if got := resp.GetError(); got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

// Schemas are often generated as a whole, options.proto and all.
func TestOwnFilesAreLeftOut(t *testing.T) {
	resp := run(t, plugintest.Request(t, nil, []string{"volint/volrender/v1/options.proto"}, ""), noPython)
	if resp.Error != nil || len(resp.GetFile()) > 0 {
		t.Errorf("made %v, error %q", names(resp), resp.GetError())
	}
}

func TestFeatures(t *testing.T) {
	resp := run(t, plugintest.Request(t, map[string]string{"one.proto": oneMessage}, nil, "lang=c"), noPython)
	want := uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL | pluginpb.CodeGeneratorResponse_FEATURE_SUPPORTS_EDITIONS)
	if got := resp.GetSupportedFeatures(); got != want {
		t.Errorf("features %d, want %d", got, want)
	}
	if lo, hi := resp.GetMinimumEdition(), resp.GetMaximumEdition(); lo != int32(descriptorpb.Edition_EDITION_PROTO2) || hi != int32(descriptorpb.Edition_EDITION_2024) {
		t.Errorf("editions %d to %d", lo, hi)
	}
}

// An expression that is no Python names its option's place.
func TestExpressionThatIsNoPython(t *testing.T) {
	python := testenv.Tool(t, "python3")
	resp := run(t, plugintest.Request(t, map[string]string{"one.proto": `syntax = "proto2";
package p;
import "volint/volrender/v1/options.proto";
message one {
  option (volint.volrender.v1.command) = {volatility2: {none: true} volatility3: {rows: "self.rows()"}};
  optional uint32 pid = 1 [(volint.volrender.v1.field).volatility3.expression = "row.class"];
}
`}, nil, ""), func(name string) (string, error) {
		if name == "python3" {
			return python, nil
		}
		return noPython(name)
	})
	where, rest, _ := strings.Cut(resp.GetError(), " the volatility3 expression of field \"pid\": ")
	if where != "one.proto:6:28:" || !strings.Contains(rest, "(at character ") || len(resp.GetFile()) > 0 {
		t.Errorf("error %q", resp.GetError())
	}
}

// The error of a reader or writer is not the user's: it goes to stderr.
func TestTrouble(t *testing.T) {
	good, err := proto.Marshal(plugintest.Request(t, map[string]string{"one.proto": oneMessage}, nil, "lang=c"))
	if err != nil {
		t.Fatal(err)
	}
	broken := &pluginpb.CodeGeneratorRequest{FileToGenerate: []string{"absent.proto"}}
	absent, err := proto.Marshal(broken)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		env    plugin.Env
		status int
		stdout string
		stderr string
	}{
		{"help", plugin.Env{Args: []string{"--help"}}, 0, "protoc --volrender_out=DIR", ""},
		{"version", plugin.Env{Args: []string{"--version"}}, 0, "protoc-gen-volrender ", ""},
		{"argument", plugin.Env{Args: []string{"x.proto"}}, 2, "", "error: unknown argument \"x.proto\"\nhint: parameters go through protoc's --volrender_opt; see --help\n"},
		{"no request", plugin.Env{Stdin: strings.NewReader("")}, 1, "", "error: standard input holds no request of protoc\nhint: protoc and buf start this program; see --help\n"},
		{"no protobuf", plugin.Env{Stdin: strings.NewReader("\xff\xff")}, 1, "", "error: standard input holds no request of protoc\nhint: protoc and buf start this program; see --help\n"},
		{"reading", plugin.Env{Stdin: failing{}}, 1, "", "error: can't read the request: broken pipe\nhint: protoc and buf start this program; see --help\n"},
		{"writing", plugin.Env{Stdin: bytes.NewReader(good), Stdout: failing{}}, 1, "", "error: can't write the response: broken pipe\nhint: see what protoc or buf say\n"},
		{"a request without its files", plugin.Env{Stdin: bytes.NewReader(absent)}, 0, "absent.proto", ""},
	} {
		var stdout, stderr bytes.Buffer
		if c.env.Stdout == nil {
			c.env.Stdout = &stdout
		}
		c.env.Stderr, c.env.LookPath = &stderr, noPython
		status := plugin.Run(context.Background(), c.env)
		if status != c.status || !strings.Contains(stdout.String(), c.stdout) || stderr.String() != c.stderr {
			t.Errorf("%s: status %d, stdout %q, stderr %q", c.what, status, &stdout, &stderr)
		}
	}
}

type failing struct{}

var errBroken = errors.New("broken pipe")

func (failing) Read([]byte) (int, error)  { return 0, errBroken }
func (failing) Write([]byte) (int, error) { return 0, errBroken }

var _ io.ReadWriter = failing{}
