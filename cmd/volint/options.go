package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// optionInfo is one line of `volint commands --options --format jsonl`.
type optionInfo struct {
	Plugin string `json:"plugin"`
	session.Option
}

// listOptions lists the options of a command or a plugin of the installed
// Volatility, or of all.
func (a *app) listOptions(ctx context.Context, config session.Config, name, formatName string) error {
	var names []string
	if name != "" {
		names = []string{optionsName(name)}
	}
	plugins, err := a.pluginOptions(ctx, config, names)
	if err != nil {
		return err
	}
	l := newListing("PLUGIN", "OPTION", "DEFAULT", "WHAT IT DOES")
	for _, p := range plugins {
		for _, o := range p.Options {
			l.add(optionInfo{p.Plugin, o}, p.Plugin, optionTyped(o), optionDefault(o), optionDoc(o))
		}
	}
	if len(l.objects) == 0 && len(plugins) == 1 {
		a.ui.say("note", "%s takes no options", term.Escape(plugins[0].Plugin))
		return nil
	}
	return l.print(a.stdout, formatName)
}

// optionsName is what a session is asked for: the message of a command that volint
// has, else a plugin of Volatility's, which needs no message to say its options.
func optionsName(name string) string {
	if c, err := row.Find(name); err == nil {
		return c.Message.FullName
	}
	return name
}

// optionTyped is how an option is given: "--pid N ...".
func optionTyped(o session.Option) string {
	typed := "--" + o.Name
	switch o.Kind {
	case "bool":
		return typed
	case "list":
		return typed + " " + placeholder(o.Element) + " ..."
	case "choice":
		return typed + " {" + strings.Join(o.Choices, ",") + "}"
	}
	return typed + " " + placeholder(o.Kind)
}

func placeholder(kind string) string {
	switch kind {
	case "int", "float":
		return "N"
	case "uri":
		return "FILE"
	}
	return "TEXT"
}

func optionDefault(o session.Option) string {
	switch d := o.Default.(type) {
	case nil, bool:
		return ""
	case string:
		return d
	default:
		b, err := json.Marshal(d)
		if err != nil || string(b) == "[]" {
			return ""
		}
		return string(b)
	}
}

func optionDoc(o session.Option) string {
	if !o.Optional {
		return strings.TrimPrefix(o.Doc+" (needed)", " ")
	}
	return o.Doc
}

// helpWanted is the command whose options somebody wants to know, by --help behind
// it; "" where nobody does.
func helpWanted(words []string) string {
	for _, group := range groups(words) {
		names := slices.IndexFunc(group, isOption)
		if names > 0 && slices.Contains(group[names:], "--help") {
			return group[names-1]
		}
	}
	return ""
}

// helpFor lists a command's options for the Volatility that is set. It needs no
// memory.
func (a *app) helpFor(ctx context.Context, s *settings, name string) error {
	if err := setVersion(&s.config, s.volatility); err != nil {
		return err
	}
	config := s.config
	config.Image = ""
	return a.listOptions(ctx, config, name, "table")
}
