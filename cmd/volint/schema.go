package main

import (
	"context"
	"embed"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/volint/volint"
)

// scaffold is what `volint schema init` writes besides the options: a buf module
// with an example in it.
//
//go:embed scaffold
var scaffold embed.FS

func (a *app) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Start a schema, import and check messages of plugins, write structs of options",
		Args:  arguments(0, 0, ""),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.schemaInitCommand(), a.schemaImportCommand(), a.schemaCheckCommand(), a.schemaOptionsCommand())
	return cmd
}

func (a *app) schemaInitCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Write a folder in which `buf generate` works",
		Long: `init writes a buf module into DIR: the options that say how a message's rows come
out of Volatility (volint/volrender/v1/options.proto, with absence.proto and
values.proto beside it), buf.yaml, a buf.gen.yaml that runs protoc-gen-volrender,
and an example with one command. Change the example, or add messages beside it.

buf and protoc-gen-volrender must be on the PATH for "buf generate":

  go install github.com/volint/volint/cmd/protoc-gen-volrender@latest

Without buf, protoc does the same:

  mkdir -p DIR/gen/python3
  protoc -I DIR --volrender_out=DIR/gen/python3 --volrender_opt=lang=python3 \
      example/v1/modules.proto`,
		Example: `  volint schema init myschema
  cd myschema && buf generate
  vol -p gen/python3 -r protobuf -f mem.lime linux.lsmod > modules.bin`,
		Args: arguments(1, 1, "a folder"),
		RunE: do(func(_ context.Context, args []string) error { return a.schemaInit(args[0], force) }),
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that are there with another content")
	return cmd
}

func (a *app) schemaInit(dir string, force bool) error {
	all := func(string) bool { return true }
	files, err := filesOf(scaffold, "scaffold", "", all)
	if err != nil {
		return err
	}
	options, err := filesOf(volint.Schema, "schema/volint/volrender", "volint/volrender/", isProto)
	if err != nil {
		return err
	}
	if err := writeFiles(dir, append(files, options...), force); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s is a buf module now; next: cd %s && buf generate\n", dir, filepath.ToSlash(dir))
	return err
}

func isProto(name string) bool { return strings.HasSuffix(name, ".proto") }
