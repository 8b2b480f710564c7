package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/dynamic"
)

type encodeOptions struct {
	rows   rowType
	output string
}

func (a *app) encodeCommand() *cobra.Command {
	var o encodeOptions
	cmd := &cobra.Command{
		Use:   "encode {--command NAME | --schema FILE [--message NAME]} [ROWS]",
		Short: "Turn JSON lines into a file of frames",
		Long: `encode is the opposite of "volint decode --format jsonl": it reads JSON objects, one
a line, from the file ROWS or from standard input, and writes each as a frame. The flags
say what the rows are, as those of decode do.

A line that is no row of the message costs that line; the other rows are written, and
the failure comes at the end.`,
		Example: `  # Rows to try a program with
  echo '{"name": "init", "pid": 1}' | volint encode --command linux_pslist -o rows.bin

  # Those of a file that match, as frames again
  volint decode --command linux_pslist --format jsonl rows.bin | grep sshd |
    volint encode --command linux_pslist -o sshd.bin`,
		Args: arguments(0, 1, ""),
		RunE: do(func(_ context.Context, args []string) error { return a.encode(o, args) }),
	}
	o.rows.flags(cmd)
	outputFlag(cmd, &o.output)
	return cmd
}

func (a *app) encode(o encodeOptions, args []string) error {
	command, err := o.rows.find()
	if err != nil {
		return err
	}
	typ, err := dynamic.TypeOfRow(command.New())
	if err != nil {
		return err
	}
	name := "-"
	if len(args) > 0 {
		name = args[0]
	}
	in, err := a.openInput(name, "rows")
	if err != nil {
		return err
	}
	defer in.Close()
	return a.deliver("frames", o.output, command, func(out format.Printer) (counts, error) {
		return encodeLines(in, typ, out)
	})
}

// encodeLines writes a frame for each line of JSON. Lines that can't be encoded are
// the failure at the end.
func encodeLines(in io.Reader, typ *dynamic.Type, out format.Printer) (c counts, err error) {
	var bad int64
	var first error
	lines := bufio.NewReader(flushing{in, out})
	for number := 1; err == nil; number++ {
		var line []byte
		line, err = lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return c, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		r, wrong := typ.FromJSON(line)
		if wrong != nil {
			if bad++; bad == 1 {
				first = fmt.Errorf("line %d: %w", number, wrong)
			}
			continue
		}
		if err := out.Frame(r.Append(nil)); err != nil {
			return c, writeError{err}
		}
		c.rows++
	}
	if bad > 0 {
		return c, fail("correct that line; docs/formats.md has the form of each kind of field",
			"%d of %d lines could not be encoded; the first: %v", bad, c.rows+bad, first)
	}
	return c, nil
}
