package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

type runOptions struct {
	settings
	format, output string
	endFD          int
	all            bool
	jobs           int
}

func (a *app) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run -f LOCATION [flags] COMMAND... [options of the last] [+ COMMAND...]",
		Short: "Run commands on memory and print their rows",
		Long: `run starts Volatility on the memory at LOCATION and prints the rows of COMMAND, as
they come.

COMMAND is a name that "volint commands" lists (linux_pslist) or Volatility's own
(linux.pslist, linux.pslist.PsList). What follows it are the plugin's own options,
which "volint run COMMAND --help" lists; volint's come before it.

Several commands run side by side, in one session. Names that stand next to each other
are commands, up to the first option; that and what follows belong to the last of them,
and a lone + starts another. Their rows come in the order of the commands: tables with
a heading, JSON lines as {"command":NAME,"row":{...}}, and with -o DIR a file for each
command. --all runs all commands that are for the system whose memory it is, once for
each plugin, and that need no option: a line on standard error says how many others
there are. A command that fails does not end the others: a summary on standard error
has a line for each. The status is 1 when one of them failed, and with --all when none
succeeded or no kernel was found.

Files that plugins write (--dump) go to DIR/NAME.files beside their rows, and are
listed in DIR/NAME.files.json; -o DIR/ has a folder for a single command, too. With
--files they go to one folder for all; without either they are dropped.

LOCATION is one of these; what begins with / or ./ is always a path:

  PATH           a dump, or a UNIX socket that serves memory
  FORMAT:PATH    a dump of that format: raw, lime, elf, avml or kdump
  unix:PATH      a UNIX socket that serves memory
  qemu:PATH      a QEMU guest that runs, by its QMP socket

A guest that runs is read while it runs, so that its rows may be of different
moments. --pause stops it while a command reads its memory, for --max-hold at
most: it goes on when the command ends, and when volint is killed, too. One that
somebody else had stopped stays so.

With a --profile, Volatility 2 runs, else Volatility 3; --volatility or the
environment variable VOLINT_VOLATILITY say otherwise. Which Python has Volatility,
and where symbols and profiles are, is told by flags or by VOLINT_PYTHON,
VOLINT_SYMBOLS and VOLINT_PLUGINS, or found; "volint doctor" explains the choice.

Where the installed Volatility lacks a column or a value can't be written, the
rows come all the same, warnings say what is missing, and the status is 0; with
--strict a missing column is an error before the first row.`,
		Example: `  # The processes of a Linux image
  volint run -f mem.lime linux_pslist

  # Two of them, by the plugin's own option, as JSON lines
  volint run -f mem.lime --format jsonl linux_pslist --pid 1 2

  # Two commands in one session, each with options
  volint run -f mem.lime linux_pslist --pid 1 + linux_pslist --pid 20

  # All commands, each into a file of the folder results
  volint run -f mem.lime --all --timeout 5m --format csv -o results

  # By Volatility 2, with a profile from a folder
  volint run -f mem.lime --profile LinuxDebian12x64 --plugins profiles linux_pslist

  # A QEMU guest that runs, which stands for the command alone
  volint run -f qemu:/run/vm.qmp --pause linux_pslist

  # A guest that runs, by its emulator's memory server
  volint run -f /tmp/pmem linux_pslist

  # What makedumpfile or dump-guest-memory wrote
  volint run -f kdump:vmcore linux_pslist

  # Frames for a program
  volint run -f mem.lime --format frames -o processes.bin linux_pslist`,
		Args: cobra.ArbitraryArgs,
		RunE: do(func(ctx context.Context, args []string) error { return a.run(ctx, o, args) }),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return a.completeWords(cmd.Context(), &o.settings, args, typed)
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	// What comes after COMMAND belongs to the command.
	f.SetInterspersed(false)
	f.BoolVar(&o.all, "all", false, "run all commands for the system that the memory is of")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "run `NUMBER` commands at once (default one for each core)")
	f.IntVar(&o.endFD, "end-fd", 0, "on success write \"ok ROWS\" to descriptor `NUMBER`, 3 or more")
	formatFlag(cmd, &o.format)
	outputFlag(cmd, &o.output)
	f.Lookup("output").Usage = "write to `FILE`, FILE" + partial + " until it is whole, or to a folder"
	return cmd
}

func (a *app) run(ctx context.Context, o runOptions, args []string) error {
	if name := helpWanted(args); name != "" {
		return a.helpFor(ctx, &o.settings, name)
	}
	if err := checkRun(&o, args); err != nil {
		return err
	}
	end, err := openEnd(o.endFD)
	if err != nil {
		return err
	}
	defer end.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end.watch(ctx, cancel)
	var tasks []task
	if !o.all {
		if tasks, err = parseTasks(args); err != nil {
			return err
		}
	}
	many := o.all || len(tasks) > 1
	if many {
		if err := checkMany(&o); err != nil {
			return err
		}
	}
	runner, err := a.openSession(ctx, &o.settings)
	if err != nil {
		return err
	}
	defer runner.Close()
	if o.all {
		return a.runAll(ctx, runner, &o)
	}
	if many {
		return a.runMany(ctx, runner, &o, tasks)
	}
	ctx, cancel = within(ctx, o.timeout)
	defer cancel()
	to := destination{format: o.format, output: o.output, end: end}
	if isFolder(o.output) {
		if err := makeFolder(o.output); err != nil {
			return err
		}
		to.written = o.written(tasks[0].label)
		to.output = filepath.Join(o.output, fileName(tasks[0].label, o.format))
	}
	return a.runTo(ctx, runner, to, tasks[0].command, tasks[0].args)
}

// within bounds a command's time, if there is a limit.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// checkRun finds the mistakes that are easily made, since volint's flags come
// before the command and its own after it.
func checkRun(o *runOptions, args []string) error {
	const example = "volint run -f LOCATION linux_pslist"
	switch {
	case len(args) == 0 && !o.all:
		return misuse(example+"; volint commands lists the commands", "volint run needs a command")
	case len(args) > 0 && o.all:
		return misuse("leave one of them out", "--all runs every command, and %s is one", args[0])
	case o.config.Image == "" && slices.ContainsFunc(args[min(1, len(args)):], isFileFlag):
		return misuse("put -f before the command: "+example, "what follows the command are its own options, so there is no memory")
	}
	return cmp.Or(o.check("run"), checkFormat(o.format))
}

func isFileFlag(s string) bool { return strings.HasPrefix(s, "-f") || strings.HasPrefix(s, "--file") }

// checkMany finds what several commands can't have.
func checkMany(o *runOptions) error {
	switch {
	case o.endFD != 0:
		return misuse("run one command, or take the exit status", "--end-fd is for a single command")
	case o.jobs < 0:
		return misuse("-j takes 1 or more", "%d commands can't run at once", o.jobs)
	case o.config.Pause && o.jobs > 1:
		return misuse("leave -j out: they run one after the other", "a guest can't stand for several commands at once")
	case o.output == "" && (o.format == "csv" || o.format == "frames"):
		return misuse("write a file for each with -o DIR, or take --format jsonl", "%s can't tell the rows of several commands apart", o.format)
	case o.output == "-":
		return misuse("leave -o out", "several commands take -o DIR, and standard output is none")
	}
	if o.jobs == 0 && o.config.Pause {
		o.jobs = 1
	}
	o.jobs = cmp.Or(o.jobs, runtime.NumCPU())
	return nil
}

// destination is where the rows of a command go, in which format, where the files
// go that it writes, and who is told that the rows are all.
type destination struct {
	format, output string
	end            ending
	written
}

// runTo runs a command: for `volint run`, and for programs that keep a session.
func (a *app) runTo(ctx context.Context, runner session.Runner, to destination, command row.Command, args []string) error {
	var c counts
	err := a.deliver(to.format, to.output, command, func(out format.Printer) (counts, error) {
		var err error
		c, err = a.runOne(ctx, runner, task{command.Name, command, args, to.written}, out, a.ui)
		return c, err
	})
	if err != nil {
		return err
	}
	return to.end.ok(c)
}

// runOne runs a command and prints its rows. A command whose output
// can't be written is ended.
func (a *app) runOne(ctx context.Context, runner session.Runner, t task, out format.Printer, v voice) (counts, error) {
	bar := a.ui.bar(t.title())
	defer bar.done()
	request := session.RequestFor(t.command, t.args)
	request.Progress, request.Files = bar.set, t.folder
	run, err := runner.Start(ctx, request)
	if err != nil {
		return counts{}, explained(err, t.args)
	}
	defer run.Close()
	c, err := pump(hiding{run.Frames(), a.ui}, out)
	var output writeError
	if errors.As(err, &output) {
		return c, output
	}
	// What the worker says about a stream that broke is better than where it broke.
	result, waitErr := run.Wait()
	bar.done()
	if result != nil {
		tell(result, v)
		c.lacks = lacks(result)
		c.incomplete = !result.Complete()
		if listErr := t.writeList(result.Files); waitErr == nil && err == nil {
			err = listErr
		}
	}
	return c, cmp.Or(explained(waitErr, t.args), err)
}

// explained adds to an error of a command what only the command line can know.
func explained(err error, args []string) error {
	var ended *session.Error
	if errors.As(err, &ended) && ended.Code == "cancelled" && errors.Is(err, context.DeadlineExceeded) {
		late := *ended
		late.Hint = "--timeout gives it more time"
		return &late
	}
	return misplaced(err, args)
}

// hiding erases the progress line before rows are printed over it.
type hiding struct {
	io.Reader
	ui *ui
}

func (h hiding) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.ui.hideProgress()
	return n, err
}
