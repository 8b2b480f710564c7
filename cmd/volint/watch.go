package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/volint/volint/runtime/row"
)

type watchOptions struct {
	settings
	every  time.Duration
	count  int64
	format string
}

func (a *app) watchCommand() *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch -f LOCATION [flags] COMMAND [flags] [options of the command]",
		Short: "Run a command again and again, and tell what changes",
		Long: `watch runs COMMAND again and again in one session, and tells which rows appear, change
and go away. On a terminal it shows the rows as a table that is drawn in place: what is
new is marked with +, what changed with ~ and the changed cells, and what went with -,
for a moment. In a pipe, or with --format jsonl, each event is a line:

  {"time":...,"event":"appeared","key":{...},"row":{...}}
  {"time":...,"event":"changed","key":{...},"row":{...},"changed":["uid"]}
  {"time":...,"event":"gone","key":{...},"row":{...}}
  {"time":...,"event":"error","message":...,"hint":...}

Rows are the same where the fields are that the schema marks as key. Every row of the
first run appears.

volint's flags may come after COMMAND, too, up to the first option that is none of
them; a "--" sets the command's own options apart.

A run that fails is told, and the watch goes on with the next one, unless the guest is
gone or no run can succeed. Runs begin at fixed times: one that takes longer than
--every leaves out those that it is late for.`,
		Example: `  # The processes of a guest that runs, twice a second
  volint watch linux_pslist -f qemu:/run/vm.qmp --every 500ms

  # A minute of events for a program, of moments at which the guest stood
  volint watch linux_pslist -f qemu:/run/vm.qmp --pause --count 60 > events.jsonl

  # One process
  volint watch linux_pslist -f qemu:/run/vm.qmp --pid 1`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			args, err := flagsBehind(cmd.Flags(), args)
			if err != nil {
				return err
			}
			return do(func(ctx context.Context, args []string) error { return a.watch(ctx, o, args) })(cmd, args)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return a.completeWords(cmd.Context(), &o.settings, args, typed)
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.DurationVar(&o.every, "every", time.Second, "begin a run each `TIME`")
	f.Int64Var(&o.count, "count", 0, "end after `NUMBER` runs")
	f.StringVar(&o.format, "format", "", "a `NAME`: table or jsonl (default table on a terminal)")
	complete(cmd, "format", []string{"table", "jsonl"})
	return cmd
}

func (a *app) watch(ctx context.Context, o watchOptions, args []string) error {
	t, err := o.task(args)
	if err != nil {
		return err
	}
	screen := terminalOf(a.stdout)
	switch {
	case o.format == "" && screen == nil:
		o.format = "jsonl"
	case o.format == "table" && screen == nil:
		return misuse("take --format jsonl", "the table is drawn on a terminal, and standard output is none")
	}
	keys := keyFields(t.command.Message)
	if len(keys) == 0 {
		return fail("mark the fields that identify a row with key: true in the schema",
			"%s has no fields that tell whether a row is the same as before", t.command.Name)
	}
	runner, err := a.openSession(ctx, &o.settings)
	if err != nil {
		return err
	}
	defer runner.Close()
	w := &watcher{app: a, o: &o, task: t, runner: runner, rows: newTracker(t.command.Message, keys)}
	if o.format == "jsonl" {
		w.view = newEvents(a.stdout, a.ui, t.command.Message, keys)
	} else {
		w.view = newLive(screen, a.stdout, t, o.every)
	}
	return w.loop(ctx)
}

// task checks the options and returns the command.
func (o *watchOptions) task(args []string) (t task, err error) {
	const example = "volint watch linux_pslist -f qemu:/run/vm.qmp"
	switch {
	case len(args) == 0:
		return t, misuse(example, "volint watch needs a command")
	case o.every <= 0:
		return t, misuse("--every takes a time such as 500ms", "a run can't begin each %v", o.every)
	case o.count < 0:
		return t, misuse("--count takes 1 or more", "there can't be %d runs", o.count)
	case o.format != "" && o.format != "table" && o.format != "jsonl":
		return t, misuse("choose table or jsonl", "unknown format %q", o.format)
	}
	if err := o.check("watch"); err != nil {
		return t, err
	}
	tasks, err := parseTasks(args)
	if err != nil {
		return t, err
	}
	if len(tasks) > 1 {
		return t, misuse("watch them side by side, each with a volint watch of its own", "volint watch takes one command, and %s is another", tasks[1].label)
	}
	return tasks[0], nil
}

// keyFields are the indexes of the fields that identify a row.
func keyFields(m *row.Message) []int {
	var keys []int
	for i := range m.Fields {
		if m.Fields[i].Identifies {
			keys = append(keys, i)
		}
	}
	return keys
}

// terminalOf is the terminal that a writer writes to, or nil.
func terminalOf(w io.Writer) *os.File {
	if f := fileOf(w); f != nil && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		return f
	}
	return nil
}

// fileOf is the file that a writer writes to, or nil.
func fileOf(w io.Writer) *os.File {
	if m, ok := w.(marking); ok {
		w = m.Writer
	}
	f, _ := w.(*os.File)
	return f
}
