package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/session"
)

func (a *app) shellCommand() *cobra.Command {
	o := runOptions{}
	cmd := &cobra.Command{
		Use:   "shell -f LOCATION [flags]",
		Short: "Run commands on memory, one after the other, in one session",
		Long: `shell opens a session on the memory at LOCATION and runs the commands that are typed:
the first one starts Volatility, those that follow take milliseconds. A line is what
"volint run" takes behind its flags:

  linux_pslist --pid 1
  linux_pslist --pid 1 + linux_pslist --pid 20

Words of the shell's own are help [NAME], commands [NAME], set [format NAME | timeout
TIME] and exit. Tab completes commands and their options. Ctrl-C ends the command that
runs, or drops the line; Ctrl-D ends the shell. Lines are kept for the next time in
$XDG_STATE_HOME/volint/history (~/.local/state), but for those that begin with a space.

What is not a terminal is read as a script: a command a line, # starts a comment. It
ends at the first line that fails, with that line's status.`,
		Example: `  volint shell -f mem.lime

  # A script, whose rows are JSON lines
  volint shell -f mem.lime --format jsonl < commands.txt`,
		Args: arguments(0, 0, ""),
		RunE: do(func(ctx context.Context, _ []string) error { return a.shell(ctx, o) }),
	}
	o.flags(cmd)
	formatFlag(cmd, &o.format)
	return cmd
}

// shell is a session with somebody who types, or a script.
type shell struct {
	app    *app
	o      runOptions
	runner session.Runner
	tab    *completer
}

// errExit is the end that somebody asked for.
var errExit = errors.New("exit")

func (a *app) shell(ctx context.Context, o runOptions) error {
	if err := cmp.Or(o.check("shell"), checkFormat(o.format)); err != nil {
		return err
	}
	runner, err := a.openSession(ctx, &o.settings)
	if err != nil {
		return err
	}
	defer runner.Close()
	s := &shell{app: a, o: o, runner: runner}
	version, err := o.config.WhichVersion()
	if err != nil {
		return err
	}
	s.tab = newCompleter(runner, version)
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		err = s.interact(ctx, f)
	} else {
		err = s.script(ctx)
	}
	if errors.Is(err, errExit) {
		return nil
	}
	return err
}

// script runs the lines of what is not a terminal, up to the first that fails.
func (s *shell) script(ctx context.Context) error {
	lines := bufio.NewScanner(s.app.stdin)
	for number := 1; lines.Scan(); number++ {
		err := s.line(ctx, lines.Text())
		if err != nil {
			if !errors.Is(err, errExit) && ctx.Err() == nil && !isPipe(err) {
				s.app.ui.say("note", "the script ends at line %d, which failed", number)
			}
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fail("a line may have 64 KiB", "can't read the script: %v", err)
	}
	return ctx.Err()
}

// line does what a line says.
func (s *shell) line(ctx context.Context, line string) error {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return nil
	}
	words, err := splitWords(line)
	if err != nil || len(words) == 0 {
		return err
	}
	switch words[0] {
	case "exit", "quit":
		return errExit
	case "help", "?":
		return s.help(ctx, words[1:])
	case "commands":
		return s.commands(words[1:])
	case "set":
		return s.set(words[1:])
	}
	return s.run(ctx, words)
}

// shellWords are the shell's own.
var shellWords = []string{"commands", "exit", "help", "quit", "set"}

// run runs commands as `volint run` does.
func (s *shell) run(ctx context.Context, words []string) error {
	tasks, err := parseTasks(words)
	if err != nil {
		return err
	}
	o := s.o
	if len(tasks) > 1 {
		if err := checkMany(&o); err != nil {
			return err
		}
		return s.app.runMany(ctx, s.runner, &o, tasks)
	}
	ctx, cancel := within(ctx, o.timeout)
	defer cancel()
	return s.app.runTo(ctx, s.runner, destination{format: o.format}, tasks[0].command, tasks[0].args)
}

// help tells of the shell, or of a command's fields and options.
func (s *shell) help(ctx context.Context, words []string) error {
	if len(words) == 0 {
		_, err := io.WriteString(s.app.stdout, `COMMAND [options]     run a command; several side by side, or with + between them
commands [NAME]       what there is to run; the fields of one; those with a word
help NAME             a command's fields and options
set format NAME       print rows as `+strings.Join(format.Names(), ", ")+`
set timeout TIME      end commands that take longer; 0 is no limit
set                   what is set
exit                  or Ctrl-D
`)
		return err
	}
	command, err := findCommand(words[0])
	if err != nil {
		return err
	}
	if err := s.app.listFields(command, "table"); err != nil {
		return err
	}
	options, err := s.tab.ask(ctx, command.Message.FullName)
	if err != nil || len(options) == 0 {
		return err
	}
	l := newListing("OPTION", "DEFAULT", "WHAT IT DOES")
	for _, o := range options {
		l.add(o, optionTyped(o), optionDefault(o), optionDoc(o))
	}
	if _, err := io.WriteString(s.app.stdout, "\n"); err != nil {
		return err
	}
	return l.print(s.app.stdout, "table")
}

func (s *shell) commands(words []string) error {
	switch len(words) {
	case 0:
		return s.app.listOrDescribe("", "table")
	case 1:
		return s.app.listOrDescribe(words[0], "table")
	}
	return misuse("commands [NAME]", "commands takes no %q", words[1])
}

// set sets what later commands go by.
func (s *shell) set(words []string) error {
	const hint = "set format NAME, or set timeout TIME"
	if len(words) == 0 {
		_, err := fmt.Fprintf(s.app.stdout, "format   %s\ntimeout  %v\n", s.o.format, s.o.timeout)
		return err
	}
	if len(words) != 2 {
		return misuse(hint, "set takes a name and a value")
	}
	switch words[0] {
	case "format":
		if err := checkFormat(words[1]); err != nil {
			return err
		}
		s.o.format = words[1]
	case "timeout":
		limit, err := time.ParseDuration(words[1])
		if err != nil || limit < 0 {
			return misuse(takes("duration"), "the timeout can't be %q", words[1])
		}
		s.o.timeout = limit
	default:
		return misuse(hint, "nothing is called %q that could be set", words[0])
	}
	return nil
}
