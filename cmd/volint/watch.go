package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
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
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return commandNames(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
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

// flagsBehind reads those of volint's flags that stand right behind the command's
// name, and returns the arguments without them.
func flagsBehind(f *pflag.FlagSet, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	words := args[1:]
	n := 0
	for n < len(words) {
		flag := flagOf(f, words[n])
		if flag == nil {
			break
		}
		n++
		if alone := strings.Contains(words[n-1], "=") || flag.NoOptDefVal != "" || isShort(words[n-1]) && len(words[n-1]) > 2; !alone {
			n = min(n+1, len(words))
		}
	}
	return append([]string{args[0]}, words[n:]...), f.Parse(words[:n])
}

// flagOf is the flag that a word names, or nil.
func flagOf(f *pflag.FlagSet, word string) *pflag.Flag {
	switch {
	case strings.HasPrefix(word, "--") && len(word) > 2:
		name, _, _ := strings.Cut(word[2:], "=")
		return f.Lookup(name)
	case isShort(word):
		return f.ShorthandLookup(word[1:2])
	}
	return nil
}

func isShort(word string) bool {
	return len(word) > 1 && word[0] == '-' && word[1] != '-'
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
	if m, ok := w.(marking); ok {
		w = m.Writer
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		return f
	}
	return nil
}

// view shows a watch.
type view interface {
	voice
	// show shows what a run found. what comes next is the caller's.
	show(r *finding) error
	// failed shows that a run failed.
	failed(at time.Time, err error) error
	// expired is when something is no longer to be shown, and redraw shows what is
	// left then; nil is never.
	expired() <-chan time.Time
	redraw() error
}

// finding is what a run found.
type finding struct {
	number  int64
	at      time.Time // when the run began
	took    time.Duration
	rows    []tracked
	changes []change
}

// watcher runs a command again and again.
type watcher struct {
	app     *app
	o       *watchOptions
	task    task
	runner  session.Runner
	rows    *tracker
	view    view
	said    map[string]bool // what need not be said again
	skipped bool            // that was said
}

// loop runs until the count is reached, or the user or the guest ends it.
func (w *watcher) loop(ctx context.Context) error {
	begin := time.Now()
	tick := int64(0)
	for number := int64(1); ; number++ {
		err := w.once(ctx, number)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (lasting(err, number) || number == w.o.count || isOutput(err)):
			return err
		case number == w.o.count:
			return nil
		}
		if number == 1 {
			// The first run starts Volatility, and is no measure for those that follow.
			begin = time.Now()
		}
		ran := time.Since(begin)
		following := nextTick(tick, ran, w.o.every)
		if following > tick+1 && !w.skipped {
			w.skipped = true
			w.view.say("note", "a run takes longer than --every %v: some are left out", w.o.every)
		}
		tick = following
		if err := w.wait(ctx, time.Until(begin.Add(time.Duration(tick)*w.o.every))); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// nextTick is the number of the next run's time, after so much time: the runs
// begin at multiples of every, so that they don't drift, and those that are over
// are left out.
func nextTick(last int64, ran, every time.Duration) int64 {
	return max(last+1, int64((ran+every-1)/every))
}

// wait waits for the next run.
func (w *watcher) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return nil
		case <-w.view.expired():
			if err := w.view.redraw(); err != nil {
				return writeError{err}
			}
		}
	}
}

// once runs the command and shows what it found. A run that fails changes nothing:
// rows that it did not reach are not gone.
func (w *watcher) once(ctx context.Context, number int64) error {
	f := &finding{number: number, at: time.Now()}
	ctx, cancel := within(ctx, w.o.timeout)
	defer cancel()
	rows := &collector{message: w.task.command}
	c, err := w.app.runOne(ctx, w.runner, w.task, rows, w)
	if bad := c.err(); err == nil {
		err = bad
	}
	f.took = time.Since(f.at)
	if err == nil {
		f.rows, f.changes = w.rows.next(rows.found)
		err = w.view.show(f)
		if err != nil {
			return writeError{err}
		}
		return nil
	}
	if ctx.Err() == context.Canceled {
		return err
	}
	if showErr := w.view.failed(f.at, err); showErr != nil {
		return writeError{showErr}
	}
	return err
}

func isOutput(err error) bool {
	var w writeError
	return errors.As(err, &w)
}

// lasting reports errors after which no run can succeed: the guest is gone, or the
// command can't run at all. Some may pass while a guest boots, if there were runs
// before.
func lasting(err error, number int64) bool {
	var e *session.Error
	if !errors.As(err, &e) {
		var f *failure
		return errors.As(err, &f) && number == 1
	}
	switch e.Code {
	case "no-python", "no-volatility", "bad-profile", "bad-setting", "unknown-plugin", "bad-option", "missing-column",
		"unreadable-image", "cannot-pause":
		return true
	case "no-symbols", "not-memory":
		return number == 1
	}
	return false
}

// say passes on what is said of a run, but once: every run would say it again.
func (w *watcher) say(mark, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	without := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
	if mark == "warning" && w.said[without] {
		return
	}
	if w.said == nil {
		w.said = map[string]bool{}
	}
	w.said[without] = true
	w.view.say(mark, "%s", text)
}
