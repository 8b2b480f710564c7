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
	command, input, format, output string
}

func (a *app) decodeCommand() *cobra.Command {
	var o decodeOptions
	cmd := &cobra.Command{
		Use:   "decode --command NAME [-f FILE]",
		Short: "Turn a file of frames into a table, JSON lines or CSV",
		Long: `decode reads frames, as Volatility writes them with the protobuf renderer or as
"volint run --format frames" does, and prints their rows.

A file that was cut, or that holds something else, ends with an error that has the
frame's number and its place in the file; the rows before it are printed.`,
		Example: `  # What Volatility 2 wrote with --output=protobuf --output-file=rows.bin
  volint decode --command linux_pslist -f rows.bin

  # The same as JSON lines, from standard input
  volint decode --command linux_pslist --format jsonl < rows.bin`,
		Args: arguments(0, 0, ""),
		RunE: do(func(ctx context.Context, _ []string) error { return a.decode(o) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.command, "command", "", "the `NAME` of the command whose rows these are (needed)")
	f.StringVarP(&o.input, "input", "f", "-", "the `FILE` of frames; - is standard input")
	formatFlag(cmd, &o.format)
	outputFlag(cmd, &o.output)
	completeCommands(cmd, "command")
	return cmd
}

func (a *app) decode(o decodeOptions) error {
	if o.command == "" {
		return misuse("volint decode --command linux_pslist -f FILE; volint commands lists the names",
			"frames do not say what they hold: --command is needed")
	}
	command, err := findCommand(o.command)
	if err != nil {
		return err
	}
	in, err := a.openInput(o.input)
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

func (a *app) openInput(name string) (io.ReadCloser, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fail("check the path and its permissions", "can't read the frames: %v", err)
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, fail("give the path of a file of frames", "can't read the frames: %s is a folder", name)
		}
		return f, nil
	}
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return nil, misuse("name a file with -f, or send one to standard input", "there are no frames to read: standard input is a terminal")
	}
	return io.NopCloser(a.stdin), nil
}
