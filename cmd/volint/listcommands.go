package main

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/volint/volint/runtime/row"
)

// commandInfo is one line of `volint commands --format jsonl`.
type commandInfo struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	// The plugins: null where the version does not have the command, "" where the
	// plugin is found by the message's name when the command runs.
	Volatility2 *string `json:"volatility2"`
	Volatility3 *string `json:"volatility3"`
	// Aliases are other names of the plugins.
	Aliases []string `json:"aliases,omitempty"`
	System  string   `json:"system"`
	Doc     string   `json:"doc"`
}

// listOrDescribe lists the fields of the command that is called so, or the commands
// that somebody may look for by it; "" is all of them.
func (a *app) listOrDescribe(name, formatName string) error {
	if name == "" {
		return a.listCommands(row.Commands(), formatName)
	}
	c, err := findCommand(name)
	if isPattern(name) {
		err = fail("`volint commands` lists the commands there are", "no command has a name like %q", name)
	}
	if err == nil {
		return a.listFields(c, formatName)
	}
	if found := search(name); len(found) > 0 {
		return a.listCommands(found, formatName)
	}
	return err
}

// search finds commands by a system's name, a pattern, or a part of one of their names
// or of what they list.
func search(wanted string) []row.Command {
	fits := func(c *row.Command) bool { return contains(c, strings.ToLower(wanted)) }
	switch {
	case slices.Contains(systems, wanted):
		fits = func(c *row.Command) bool { return systemOf(c) == wanted }
	case isPattern(wanted):
		fits = func(c *row.Command) bool { return matches(c, strings.ToLower(wanted)) }
	}
	return slices.DeleteFunc(row.Commands(), func(c row.Command) bool { return !fits(&c) })
}

// isPattern reports whether a word can't be a name.
func isPattern(word string) bool { return strings.ContainsAny(word, "*?[") }

func contains(c *row.Command, part string) bool {
	return slices.ContainsFunc(append(namesOf(c), c.Doc), func(text string) bool {
		return strings.Contains(strings.ToLower(text), part)
	})
}

func matches(c *row.Command, pattern string) bool {
	return slices.ContainsFunc(namesOf(c), func(name string) bool {
		// A pattern that is none fits nothing, which is told.
		is, err := path.Match(pattern, strings.ToLower(name))
		return is && err == nil
	})
}

// namesOf are the names that people know a command by.
func namesOf(c *row.Command) []string {
	return slices.Concat([]string{c.Name, c.Volatility2.Name, c.Volatility3.Name}, aliasesOf(c))
}

func aliasesOf(c *row.Command) []string {
	return slices.Concat(c.Volatility2.Aliases, c.Volatility3.Aliases)
}

// listCommands lists commands, those of one system together.
func (a *app) listCommands(commands []row.Command, formatName string) error {
	type line struct {
		row.Command
		system string
	}
	var lines []line
	for _, c := range commands {
		lines = append(lines, line{c, systemOf(&c)})
	}
	slices.SortStableFunc(lines, func(x, y line) int {
		return cmp.Compare(slices.Index(systems, x.system), slices.Index(systems, y.system))
	})
	l := newListing("SYSTEM", "NAME", "VOLATILITY", "WHAT IT LISTS")
	for _, c := range lines {
		l.add(commandInfo{c.Name, c.Message.FullName, pluginName(c.Volatility2), pluginName(c.Volatility3), aliasesOf(&c.Command), c.system, c.Doc},
			c.system, c.Name, offeredBy(&c.Command), firstSentence(c.Doc))
	}
	return l.print(a.stdout, formatName)
}

// offeredBy are the versions of Volatility that have a command.
func offeredBy(c *row.Command) string {
	switch {
	case c.Volatility2.Offered && c.Volatility3.Offered:
		return "2, 3"
	case c.Volatility2.Offered:
		return "2"
	}
	return "3"
}

func pluginName(p row.Plugin) *string {
	if !p.Offered {
		return nil
	}
	return &p.Name
}

// firstSentence is the start of a comment, on one line.
func firstSentence(doc string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	if s, _, found := strings.Cut(doc, ". "); found {
		return s
	}
	return strings.TrimSuffix(doc, ".")
}

// findCommand finds a command by its own name or one of Volatility's.
func findCommand(name string) (row.Command, error) {
	c, err := row.Find(name)
	var hinter interface{ Hint() string }
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &hinter):
		return c, fail(hinter.Hint(), "%v", err)
	}
	return c, err
}
