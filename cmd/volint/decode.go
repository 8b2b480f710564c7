package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
)

type decodeOptions struct {
	rows                  rowType
	input, format, output string
}

func (a *app) decodeCommand() *cobra.Command {
	var o decodeOptions
	cmd := &cobra.Command{
		Use:   "decode {--command NAME | --schema FILE [--message NAME]} [FRAMES]",
		Short: "Turn a file of frames into a table, JSON lines or CSV",
		Long: `decode reads frames, as Volatility writes them with the protobuf renderer or as
"volint run --format frames" does, and prints their rows. FRAMES is a file; without
one they come from standard input.

Frames do not say what they hold. With --command they are rows of one of the commands
that "volint commands" lists; with --schema they are messages of a schema that is read
now: of a .proto file, or of the descriptor set that "buf build -o FILE" or "protoc
--include_imports --descriptor_set_out=FILE" writes. --message names one of its messages,
by its full name or by its own, and may be left out where the schema has one command.

A file that was cut, or that holds something else, ends with an error that has the
frame's number and its place in the file; the rows before it are printed. Fields that
the schema does not have are left out, and a warning tells how many there were.`,
		Example: `  # What Volatility 2 wrote with --output=protobuf --output-file=rows.bin
  volint decode --command linux_pslist rows.bin

  # The same as JSON lines, from standard input
  volint decode --command linux_pslist --format jsonl < rows.bin

  # Rows of a schema of your own, whose imports start in proto
  volint decode --schema proto/acme/v1/rows.proto -I proto --message Process rows.bin`,
		Args: arguments(0, 1, ""),
		RunE: do(func(ctx context.Context, args []string) error { return a.decode(o, args) }),
	}
	o.rows.flags(cmd)
	cmd.Flags().StringVarP(&o.input, "input", "f", "-", "the `FILE` of frames; - is standard input")
	formatFlag(cmd, &o.format)
	outputFlag(cmd, &o.output)
	return cmd
}

func (a *app) decode(o decodeOptions, args []string) error {
	if len(args) > 0 {
		if o.input != "-" {
			return misuse("decode them one after the other", "there are two files of frames: %s and %s", o.input, args[0])
		}
		o.input = args[0]
	}
	if err := checkFormat(o.format); err != nil {
		return err
	}
	command, err := o.rows.find()
	if err != nil {
		return err
	}
	in, err := a.openInput(o.input, "frames")
	if err != nil {
		return err
	}
	defer in.Close()
	return a.deliver(o.format, o.output, command, func(out format.Printer) (counts, error) {
		c, err := pump(in, out)
		return c, badFrames(err)
	})
}

// badFrames adds what to do about a broken stream.
func badFrames(err error) error {
	var frame *row.FrameError
	var w writeError
	if errors.As(err, &frame) && !errors.As(err, &w) {
		return fail("the file was cut, or holds something else than frames; the rows before that place are printed", "%v", frame)
	}
	return err
}

// openInput opens the file that has frames, or what the rows are made of.
func (a *app) openInput(name, what string) (io.ReadCloser, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fail("check the path and its permissions", "can't read the %s: %v", what, err)
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, fail("give the path of a file of "+what, "can't read the %s: %s is a folder", what, name)
		}
		return f, nil
	}
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return nil, misuse("name a file, or send one to standard input", "there are no %s to read: standard input is a terminal", what)
	}
	return io.NopCloser(a.stdin), nil
}
