package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/volint/volint"
	"github.com/volint/volint/internal/schemaimport/drift"
	"github.com/volint/volint/internal/schemaimport/protofile"
)

type checkOptions struct {
	asked   asked
	compare drift.Options
	format  string
}

func (a *app) schemaCheckCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check [FILE|DIR...]",
		Short: "Compare messages with the installed Volatility",
		Long: `check compares the messages in .proto files with what the installed Volatility shows:
which column of a plugin is new, gone, or of another type, which plugin is gone, which
option of a plugin is another. Without a FILE or a folder it takes the schemas that volint
has, and tells of plugins too that have no message. No memory is read.

The status is 1 where something differs, else 0. --older is for a Volatility that is
older than the schemas: what it does not have yet is listed, and no failure.

"volint schema import" brings messages up to date.`,
		Example: `  volint schema check
  volint schema check --python venv3/bin/python --python venv2/bin/python
  volint schema check --plugins ./plugins my/mine/v1/mine.proto`,
		Args: cobra.ArbitraryArgs,
		RunE: do(func(ctx context.Context, args []string) error { return a.schemaCheck(ctx, o, args) }),
	}
	f := cmd.Flags()
	f.BoolVar(&o.compare.Older, "older", false, "this Volatility is older than the schemas")
	f.BoolVar(&o.compare.Whole, "all", false, "with files: plugins without a message are a failure, too")
	f.StringVar(&o.format, "format", "table", "the list's `NAME`: table or jsonl")
	complete(cmd, "format", []string{"table", "jsonl"})
	o.asked.flags(cmd)
	return cmd
}

func (a *app) schemaCheck(ctx context.Context, o checkOptions, names []string) error {
	if o.format != "table" && o.format != "jsonl" {
		return misuse("a list is printed as table or jsonl", "unknown format %q", o.format)
	}
	files, err := readSchemas(names)
	if err != nil {
		return asFailure(err)
	}
	installed, err := a.installed(ctx, &o.asked)
	if err != nil {
		return err
	}
	o.compare.Whole = o.compare.Whole || len(names) == 0
	var found []drift.Finding
	for _, i := range installed {
		some, err := drift.Compare(files, i, o.compare)
		if err != nil {
			return err
		}
		found = append(found, some...)
	}
	hint := "volint schema import brings messages up to date"
	if len(names) == 0 {
		hint = "another volint may know them; or import what you need into a schema of your own: volint schema import"
	}
	return a.printFindings(found, o.format, hint)
}

// readSchemas reads files and folders of them; without one, the schemas that volint has.
func readSchemas(names []string) ([]*protofile.File, error) {
	if len(names) == 0 {
		fsys, err := fs.Sub(volint.Schema, "schema")
		if err != nil {
			return nil, err
		}
		tree, err := protofile.ReadFS(fsys)
		return tree.Files(), err
	}
	all := &protofile.Tree{}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			text, err := os.ReadFile(name)
			if err == nil {
				err = all.Add(filepath.ToSlash(name), text)
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		tree, err := protofile.ReadTree(name)
		if err != nil {
			return nil, below(name, err)
		}
		for _, f := range tree.Files() {
			f.Name = filepath.ToSlash(filepath.Join(name, f.Name))
		}
		all.Take(tree)
	}
	return all.Files(), nil
}

// below puts a folder before the file that a mistake is in.
func below(dir string, err error) error {
	var m *protofile.Mistake
	if errors.As(err, &m) {
		m.File = filepath.ToSlash(filepath.Join(dir, m.File))
	}
	return err
}

func (a *app) printFindings(found []drift.Finding, formatName, hint string) error {
	l := newListing("PLACE", "WHAT", "NAME", "DETAIL")
	failed := 0
	for _, f := range found {
		detail := f.Release + ": " + f.What
		if f.Hint != "" {
			detail += "; " + f.Hint
		}
		l.add(f, f.Place(), string(f.Kind), f.Name(), detail)
		if f.Fails {
			failed++
		}
	}
	if len(found) > 0 {
		if err := l.print(a.stdout, formatName); err != nil {
			return err
		}
	}
	switch {
	case failed == 1:
		return fail(hint, "the schema differs from the installed Volatility in one place")
	case failed > 0:
		return fail(hint, "the schema differs from the installed Volatility in %d places", failed)
	case len(found) > 0:
		a.ui.say("note", "%s", fmt.Sprintf("%d differences, and none that fails the check", len(found)))
	}
	return nil
}
