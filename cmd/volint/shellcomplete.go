package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/session"
)

// completer completes lines of the shell.
type completer struct {
	lister   optionLister // nil where the session can't tell
	version  session.Version
	commands []string

	mu      sync.Mutex
	options map[string][]session.Option // by the message's name, of those that were asked for
}

func newCompleter(runner session.Runner, version session.Version) *completer {
	c := &completer{version: version, options: map[string][]session.Option{}}
	c.lister, _ = runner.(optionLister)
	for _, command := range offered(version) {
		c.commands = append(c.commands, command.Name)
	}
	return c
}

// ask asks the session for a command's options, once.
func (c *completer) ask(ctx context.Context, message string) ([]session.Option, error) {
	c.mu.Lock()
	known, ok := c.options[message]
	c.mu.Unlock()
	if ok || c.lister == nil {
		return known, nil
	}
	plugins, err := c.lister.Options(ctx, message)
	if err != nil || len(plugins) == 0 {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.options[message] = plugins[0].Options
	return plugins[0].Options, nil
}

// complete completes the word before pos. The line comes back as far as it is
// clear; choices are what could stand there, where that is not clear.
func (c *completer) complete(line string, pos int) (string, int, []string) {
	before, after := line[:pos], line[pos:]
	start := strings.LastIndexAny(before, " \t") + 1
	typed := before[start:]
	var fitting []string
	for _, candidate := range c.candidates(strings.Fields(before[:start]), typed) {
		if strings.HasPrefix(candidate, typed) {
			fitting = append(fitting, term.Escape(candidate))
		}
	}
	slices.Sort(fitting)
	fitting = slices.Compact(fitting)
	switch len(fitting) {
	case 0:
		return line, pos, nil
	case 1:
		before = before[:start] + fitting[0]
		if !strings.HasPrefix(after, " ") {
			before += " "
		}
		return before + after, len(before), nil
	}
	common := commonStart(fitting)
	if common == typed {
		return line, pos, fitting
	}
	before = before[:start] + common
	return before + after, len(before), nil
}

// candidates are the words that may follow those before, typed being the start of
// one.
func (c *completer) candidates(words []string, typed string) []string {
	if len(words) == 0 {
		return slices.Concat(shellWords, c.commands)
	}
	switch words[0] {
	case "help", "commands":
		return c.commands
	case "exit", "quit":
		return nil
	case "set":
		return settable(words[1:])
	}
	all := groups(words)
	group := all[len(all)-1]
	names := slices.IndexFunc(group, isOption)
	if names < 0 {
		names = len(group)
	}
	switch {
	case names == len(group) && !isOption(typed):
		return c.commands
	case names == 0:
		return nil
	}
	options := c.optionsOf(group[names-1])
	if isOption(typed) {
		return optionWords(options)
	}
	values, _ := valuesAfter(options, words[len(words)-1])
	return values
}

func settable(words []string) []string {
	switch {
	case len(words) == 0:
		return []string{"format", "timeout"}
	case len(words) == 1 && words[0] == "format":
		return format.Names()
	}
	return nil
}

// optionsOf are the options of the command with a name; none where the session
// can't tell in time.
func (c *completer) optionsOf(name string) []session.Option {
	if known := toldOptions(name, c.version); known != nil {
		return known
	}
	command, err := findCommand(name)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), atTheTab)
	defer cancel()
	options, err := c.ask(ctx, command.Message.FullName)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return options
}

func optionWords(options []session.Option) []string {
	var words []string
	for _, o := range options {
		words = append(words, "--"+o.Name)
	}
	return words
}

// commonStart is what all words begin with.
func commonStart(words []string) string {
	common := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}
