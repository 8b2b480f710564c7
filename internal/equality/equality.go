// Package equality holds what commands of a session find beside what a fresh process
// of Volatility's own prints as JSON: row by row, value by value, before anything is
// encoded as protobuf, so that plugins count that no message is for.
//
// `make equality` runs every plugin for Linux, and what is for any system, on both
// images and writes bench/session/EQUALITY.md. The tests run all of them on the small
// image, whose references are known, and some on the bigger one.
package equality

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// Command is a plugin with options of its own.
type Command struct {
	Plugin string
	Args   []string
}

// ParseCommand makes a command of words.
func ParseCommand(line string) Command {
	words := strings.Fields(line)
	return Command{words[0], words[1:]}
}

func (c Command) String() string {
	return strings.Join(append([]string{c.Plugin}, c.Args...), " ")
}

// Table is what a command found.
type Table struct {
	// Rows are in order. A row is its depth in the tree and its values as JSON, in a
	// form that is the same for the same values (see canonical).
	Rows []string
	// Files are those that the plugin wrote: name, size and SHA-256, sorted.
	Files []string
	// Failed is why there is no table, in the words of who says so; the rows before
	// the failure don't count then.
	Failed string
}

// Same reports whether two tables have the same rows and files, or neither came to
// be.
func (t Table) Same(other Table) bool {
	if t.Failed != "" || other.Failed != "" {
		return t.Failed != "" && other.Failed != ""
	}
	return slices.Equal(t.Rows, other.Rows) && slices.Equal(t.Files, other.Files)
}

// InSession runs a command in a session, with a folder of its own for files below
// files, unless that is "" (see folderBelow), and returns besides why it ran in a process of its own, if it did.
func InSession(ctx context.Context, s session.Runner, files string, c Command) (t Table, cold string, err error) {
	if files, err = folderBelow(files); err != nil {
		return Table{}, "", err
	}
	run, err := s.Start(ctx, session.Request{Plugin: c.Plugin, Args: c.Args, Files: files})
	if err != nil {
		return Table{}, "", err
	}
	defer run.Close()
	reader := row.NewReader(run.Frames())
	for {
		frame, err := reader.Next()
		if err != nil { // which is for Wait to tell, unless it is the end
			if err != io.EOF {
				t.Failed = err.Error()
			}
			break
		}
		text, err := fromFrame(frame)
		if err != nil {
			return Table{}, "", fmt.Errorf("%s: %w", c, err)
		}
		t.Rows = append(t.Rows, text)
	}
	result, err := run.Wait()
	if err != nil {
		t.Failed = err.Error()
	}
	if t.Files, err = ofResult(result.Files, files); err != nil {
		return Table{}, "", fmt.Errorf("%s: %w", c, err)
	}
	return t, result.Cold, ctx.Err()
}
