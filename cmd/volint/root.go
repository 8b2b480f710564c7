package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	// The commands of the shipped schemas register themselves.
	_ "github.com/volint/volint/gen/go/pandavolint/pandavolintrow"
	_ "github.com/volint/volint/gen/go/volint/volatility2/v1/volatility2v1row"
	_ "github.com/volint/volint/gen/go/volint/volatility3/v1/volatility3v1row"
	"github.com/volint/volint/runtime/session"
)

// app is what the sub-commands share.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	ui     *ui
	// interrupts is who gets a Ctrl-C first.
	interrupts interrupts
	// open is where runs come from: session.Open, but for tests.
	open func(context.Context, session.Config) (session.Runner, error)
	// probe tells which Volatility a Python has: session.Probe where it is nil.
	probe func(context.Context, session.Config) []session.Candidate
}

// main runs a command line and returns the exit status.
func (a *app) main(ctx context.Context, args []string) int {
	a.stdout = marking{a.stdout}
	root := a.root()
	root.SetArgs(args)
	return a.ui.report(ctx, asUsage(root.ExecuteContext(ctx)))
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "volint",
		Short: "Volatility's results as typed rows",
		Long: `volint runs Volatility 2 or 3 on a memory image and gives what it finds as
typed rows: as a table, as JSON lines, as CSV, or as protobuf frames for programs.`,
		Example: `  # The processes of a Linux image, by Volatility 3
  volint run -f mem.lime linux_pslist

  # Is everything here that this needs?
  volint doctor -f mem.lime

  # What commands are there, and what fields does one have?
  volint commands
  volint commands linux_pslist`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          a.unknownSubcommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate(versionLine())
	root.Flags().Bool("version", false, "print the version") // cobra's own would take -v
	root.SetOut(a.stdout)
	root.SetErr(a.stdout)
	root.SetIn(a.stdin)
	root.PersistentFlags().BoolVar(&a.ui.verbose, "verbose", false, "show what Volatility and the worker say")
	root.AddCommand(a.runCommand(), a.commandsCommand(), a.decodeCommand(), a.encodeCommand(), a.doctorCommand(),
		a.schemaCommand(), a.exportCommand(), a.versionCommand(), a.resumeCommand(), a.holdCommand(), a.shellCommand(), a.watchCommand(), a.hostCommand(), a.serveCommand(), a.cacheCommand(), a.equalityCommand())
	// Of a shell that it does not know, cobra would print the manual with status 0.
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args = arguments(0, 0, "")
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	return root
}

func (a *app) unknownSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "volint --help lists the sub-commands"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "? " + hint
	}
	return misuse(hint, "there is no sub-command %q", args[0])
}

// commandError marks what a sub-command itself returned.
type commandError struct{ error }

func (e commandError) Unwrap() error { return e.error }

// do adapts a sub-command's function to cobra.
func do(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd.Context(), args); err != nil {
			return commandError{err}
		}
		return nil
	}
}

// asUsage makes what cobra itself finds wrong with a command line a mistake of
// the user's.
func asUsage(err error) error {
	var own commandError
	var f *failure
	if err == nil || errors.As(err, &own) || errors.As(err, &f) {
		return err
	}
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		flag := value.GetFlag()
		return misuse(takes(flag.Value.Type()), "--%s can't be %q", flag.Name, value.GetValue())
	}
	return misuse("--help shows how each command is used", "%v", err)
}

// takes says what a flag of a type takes.
func takes(kind string) string {
	switch kind {
	case "duration":
		return "it takes a time with its unit, 30s or 2m for instance"
	case "bool":
		return "it takes true or false, or nothing"
	case "SIZE":
		return "it takes a size with its unit, 512M or 2G for instance"
	}
	return "it takes a number"
}

// arguments checks the number of arguments; names are for the message.
func arguments(least, most int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := cmd.CommandPath() + " --help shows examples"
		if len(args) < least {
			return misuse(hint, "%s needs %s", cmd.CommandPath(), names)
		}
		if len(args) > most {
			return misuse(hint, "%s takes no %q", cmd.CommandPath(), args[most])
		}
		return nil
	}
}
