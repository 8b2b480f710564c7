package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/volint/volint/gen"
	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/memaccess/qemu"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

type runOptions struct {
	config     session.Config
	volatility int
	format     string
	output     string
	endFD      int
}

func (a *app) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run -f LOCATION [flags] COMMAND [options of the command]",
		Short: "Run a command on memory and print its rows",
		Long: `run starts Volatility on the memory at LOCATION and prints the rows of COMMAND, as
they come.

COMMAND is a name that "volint commands" lists (linux_pslist) or Volatility's own
(linux.pslist, linux.pslist.PsList). What follows it are the plugin's own options;
volint's come before it.

LOCATION is one of these; what begins with / or ./ is always a path:

  PATH           a dump, or a UNIX socket that serves memory
  FORMAT:PATH    a dump of that format: raw, lime, elf, avml or kdump
  unix:PATH      a UNIX socket that serves memory
  qemu:PATH      a QEMU guest that runs, by its QMP socket

A guest that runs is read while it runs, so that its rows may be of different
moments. --pause stops it while the command reads its memory, for --max-hold at
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
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return commandNames(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	f := cmd.Flags()
	// What comes after COMMAND belongs to the command.
	f.SetInterspersed(false)
	f.StringVarP(&o.config.Image, "file", "f", "", "`LOCATION` of the memory (needed)")
	f.BoolVar(&o.config.Pause, "pause", false, "stop the guest while the command reads its memory")
	f.DurationVar(&o.config.MaxHold, "max-hold", 0, "let the guest stand for `TIME` at most (default 1m)")
	f.StringVar(&o.config.Profile, "profile", "", "Volatility 2's `PROFILE`, such as LinuxDebian12x64")
	f.BoolVar(&o.config.Strict, "strict", false, "fail when the plugin lacks a column of the message")
	f.IntVar(&o.endFD, "end-fd", 0, "on success write \"ok ROWS\" to descriptor `NUMBER`, 3 or more")
	formatFlag(cmd, &o.format)
	outputFlag(cmd, &o.output)
	whereFlags(cmd, &o.config, &o.volatility)
	return cmd
}

func (a *app) run(ctx context.Context, o runOptions, args []string) error {
	if err := checkRun(o, args); err != nil {
		return err
	}
	if err := checkFormat(o.format); err != nil {
		return err
	}
	if err := setVersion(&o.config, o.volatility); err != nil {
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
	command, err := findCommand(args[0])
	if err != nil {
		return err
	}
	if o.config.DropIns, err = dropIns(); err != nil {
		return err
	}
	o.config.Holder = holder()
	o.config.Log = a.ui.logger()
	o.config.Progress = a.ui.showProgress
	runner, err := a.open(ctx, o.config)
	if err != nil {
		return err
	}
	defer runner.Close()
	return a.runTo(ctx, runner, destination{o.format, o.output, end}, command, ownOptions(args))
}

// destination is where the rows of a command go, in which format, and who is told
// that they are all.
type destination struct {
	format, output string
	end            ending
}

// runTo runs a command: for `volint run`, and for programs that keep a session.
func (a *app) runTo(ctx context.Context, runner session.Runner, to destination, command row.Command, args []string) error {
	var c counts
	err := a.deliver(to.format, to.output, command, func(out format.Printer) (counts, error) {
		var err error
		c, err = a.runOne(ctx, runner, session.RequestFor(command, args), out)
		return c, err
	})
	if err != nil {
		return err
	}
	return to.end.ok(c)
}

// holder is the command line of this program that holds a guest while it stands;
// nil where the program can't tell where it is.
func holder() []string {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{self, qemu.HolderCommand}
}

// ownOptions are the command's own options: what follows its name, and a "--" that
// sets them apart.
func ownOptions(args []string) []string {
	if len(args) > 1 && args[1] == "--" {
		return args[2:]
	}
	return args[1:]
}

// dropIns are the generated Python modules of the shipped schemas.
func dropIns() (map[session.Version]fs.FS, error) {
	python2, err2 := fs.Sub(gen.Files, "python2")
	python3, err3 := fs.Sub(gen.Files, "python3")
	return map[session.Version]fs.FS{session.Volatility2: python2, session.Volatility3: python3}, cmp.Or(err2, err3)
}

// checkRun finds the mistakes that are easily made, since volint's flags come
// before the command and its own after it.
func checkRun(o runOptions, args []string) error {
	const example = "volint run -f LOCATION linux_pslist"
	if len(args) == 0 {
		return misuse(example+"; volint commands lists the commands", "volint run needs a command")
	}
	switch {
	case o.config.MaxHold < 0:
		return misuse("--max-hold takes a time such as 30s", "a guest can't stand for %v", o.config.MaxHold)
	case o.config.MaxHold > 0 && !o.config.Pause:
		return misuse("put --pause before it", "--max-hold says how long a guest may stand, and it is not to stand")
	case o.config.Image != "":
		return nil
	}
	if slices.ContainsFunc(args[1:], func(s string) bool { return strings.HasPrefix(s, "-f") || strings.HasPrefix(s, "--file") }) {
		return misuse("put -f before the command: "+example, "what follows the command are its own options, so there is no memory")
	}
	return misuse(example, "volint run needs memory: -f LOCATION")
}

// runOne runs a command and prints its rows. A command whose output
// can't be written is ended.
func (a *app) runOne(ctx context.Context, runner session.Runner, req session.Request, out format.Printer) (counts, error) {
	run, err := runner.Start(ctx, req)
	if err != nil {
		return counts{}, err
	}
	defer run.Close()
	c, err := pump(hiding{run.Frames(), a.ui}, out)
	a.ui.hideProgress()
	var output writeError
	if errors.As(err, &output) {
		return c, output
	}
	// What the worker says about a stream that broke is better than where it broke.
	result, waitErr := run.Wait()
	a.warn(result)
	c.incomplete = result != nil && !result.Complete()
	return c, cmp.Or(misplaced(waitErr, req.Args), err)
}

// ownFlags are flags of volint run that are easily put after the command.
var ownFlags = []string{
	"-o", "--output", "--format", "--strict", "--verbose", "--pause", "--max-hold",
	"--volatility", "--python", "--profile", "--plugins", "--symbols",
}

// misplaced adds to an error about the plugin's options that one of them is
// volint's own.
func misplaced(err error, args []string) error {
	var bad *session.Error
	if !errors.As(err, &bad) || bad.Code != "bad-option" {
		return err
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		if slices.Contains(ownFlags, name) {
			return fail("put "+name+" before the command: what follows the command are its own options", "%s", bad.Message)
		}
	}
	return err
}

// warn tells what a result lacks.
func (a *app) warn(r *session.Result) {
	if r == nil {
		return
	}
	for _, w := range r.Warnings {
		a.ui.say("warning", "%s", w)
	}
	for _, l := range r.Lost {
		a.ui.say("warning", "%d values of %s could not be written: %s", l.Count, l.Field, l.Reason)
	}
	if !r.Complete() {
		a.ui.say("warning", "the result is incomplete")
	}
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
