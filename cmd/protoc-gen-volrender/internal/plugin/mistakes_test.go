package plugin_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugin"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
)

// TestMistakes holds the exact words of every error that a .proto file or a
// parameter can bring about: testdata/mistakes has one archive a subject.
// VOLINT_GOLDEN=refresh writes what is said today.
func TestMistakes(t *testing.T) {
	archives, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { mistakes(t, path) })
	}
}

func mistakes(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	parameter, want := "", ""
	kept := archive.Files[:0:0]
	for _, f := range archive.Files {
		switch f.Name {
		case "errors":
			want = string(f.Data)
			continue
		case "parameter":
			parameter = strings.TrimSpace(string(f.Data))
		default:
			files[f.Name] = string(f.Data)
		}
		kept = append(kept, f)
	}
	resp := run(t, plugintest.Request(t, files, nil, parameter), noPython)
	if len(resp.GetFile()) > 0 {
		t.Errorf("%d files beside an error", len(resp.GetFile()))
	}
	got := resp.GetError() + "\n"
	if os.Getenv("VOLINT_GOLDEN") == "refresh" {
		archive.Files = append(kept, txtar.File{Name: "errors", Data: []byte(got)})
		if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// noPython keeps the words of whatever Python is installed out of the answers.
func noPython(string) (string, error) { return "", exec.ErrNotFound }

// run gives a request to the plug-in and returns its response.
func run(t testing.TB, req *pluginpb.CodeGeneratorRequest, lookPath func(string) (string, error)) *pluginpb.CodeGeneratorResponse {
	t.Helper()
	input, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := plugin.Run(context.Background(), plugin.Env{
		Stdin: bytes.NewReader(input), Stdout: &stdout, Stderr: &stderr, LookPath: lookPath,
	})
	if status != 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	resp := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(stdout.Bytes(), resp); err != nil {
		t.Fatal(err)
	}
	return resp
}
