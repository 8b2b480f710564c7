// Package plugin is the plug-in as a function: from a request of protoc to its
// response.
package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime/debug"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/pysyntax"
	"github.com/volint/volint/internal/messageset"
)

// Env is what a run gets from the world.
type Env struct {
	// Args are the command line's, without the program's name.
	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// LookPath finds a Python by name; nil means [exec.LookPath].
	LookPath func(string) (string, error)
}

const usage = `protoc-gen-volrender is a plug-in of protoc and buf: they start it.

  protoc --volrender_out=DIR [--volrender_opt=NAME=VALUE,...] FILE.proto...

Parameters:
` + parameterHelp + `
Its manual: go doc github.com/volint/volint/cmd/protoc-gen-volrender
`

// Run answers one request and returns the exit status. As protoc asks for,
// mistakes in .proto files and parameters go into the response, with status 0;
// trouble with the request itself goes to Stderr, with status 1, and a wrong
// command line with status 2.
func Run(ctx context.Context, env Env) int {
	if env.LookPath == nil {
		env.LookPath = exec.LookPath
	}
	if len(env.Args) > 0 {
		return commandLine(env)
	}
	input, err := io.ReadAll(env.Stdin)
	if err != nil {
		return fail(env, 1, fmt.Sprintf("can't read the request: %v", err), "protoc and buf start this program; see --help")
	}
	req := &pluginpb.CodeGeneratorRequest{}
	if err := proto.Unmarshal(input, req); err != nil || len(req.GetFileToGenerate()) == 0 {
		return fail(env, 1, "standard input holds no request of protoc", "protoc and buf start this program; see --help")
	}
	output, err := proto.MarshalOptions{Deterministic: true}.Marshal(respond(ctx, env, req))
	if err != nil {
		return fail(env, 1, fmt.Sprintf("can't encode the response: %v", err), "a comment or name in a .proto file is no valid UTF-8")
	}
	if _, err := env.Stdout.Write(output); err != nil {
		return fail(env, 1, fmt.Sprintf("can't write the response: %v", err), "see what protoc or buf say")
	}
	return 0
}

func commandLine(env Env) int {
	switch {
	case len(env.Args) > 1:
	case env.Args[0] == "--version":
		fmt.Fprintln(env.Stdout, "protoc-gen-volrender", version())
		return 0
	case env.Args[0] == "--help" || env.Args[0] == "-h":
		fmt.Fprint(env.Stdout, usage)
		return 0
	}
	return fail(env, 2, fmt.Sprintf("unknown argument %q", env.Args[0]), "parameters go through protoc's --volrender_opt; see --help")
}

// version is the module's, as the Go toolchain recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

func fail(env Env, status int, what, hint string) int {
	fmt.Fprintf(env.Stderr, "error: %s\nhint: %s\n", what, hint)
	return status
}

// respond makes the response: files, or an error and no files.
func respond(ctx context.Context, env Env, req *pluginpb.CodeGeneratorRequest) *pluginpb.CodeGeneratorResponse {
	resp := &pluginpb.CodeGeneratorResponse{
		SupportedFeatures: proto.Uint64(uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL |
			pluginpb.CodeGeneratorResponse_FEATURE_SUPPORTS_EDITIONS)),
		MinimumEdition: proto.Int32(int32(descriptorpb.Edition_EDITION_PROTO2)),
		MaximumEdition: proto.Int32(int32(descriptorpb.Edition_EDITION_2024)),
	}
	files, err := generate(ctx, env, req)
	if err != nil {
		resp.Error = proto.String(err.Error())
		return resp
	}
	for _, f := range files {
		resp.File = append(resp.File, &pluginpb.CodeGeneratorResponse_File{
			Name:    proto.String(f.Name),
			Content: proto.String(string(f.Content)),
		})
	}
	return resp
}

// makePlan turns the request into a plan and the settings that came with it.
func makePlan(ctx context.Context, env Env, req *pluginpb.CodeGeneratorRequest) (*plan.Plan, *settings, error) {
	s, err := parseParameters(req.GetParameter())
	if err != nil {
		return nil, nil, err
	}
	if err := plan.CheckGoPackages(req); err != nil {
		return nil, nil, err
	}
	plan.AddImportPaths(req)
	messageset.Plain(req.GetProtoFile())
	gen, err := newPlugin(req)
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.Build(gen, plan.Options{
		GoSuffix:         s.goSuffix,
		WellKnown:        s.wellKnown,
		CCommands:        s.cCommands,
		NoDropIns:        len(s.dropIns()) == 0,
		CheckExpressions: pysyntax.Checker(ctx, env.LookPath, env.Stderr, s.dropIns()...),
	})
	return p, s, err
}

// newPlugin is protogen's view of the request. Protogen trusts that descriptors
// come from a compiler and panics on some that do not.
func newPlugin(req *pluginpb.CodeGeneratorRequest) (gen *protogen.Plugin, err error) {
	defer func() {
		if recover() != nil {
			gen, err = nil, errors.New("the request holds descriptors that no compiler makes")
		}
	}()
	ignore := func(name, value string) error { return nil } // parseParameters has judged them
	return protogen.Options{ParamFunc: ignore}.New(req)
}
