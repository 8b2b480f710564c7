package main

import (
	"cmp"
	"context"
	"encoding/json"
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
	if len(l.objects) == 0 && name != "" {
		a.ui.say("note", "%s takes no options", term.Escape(cmp.Or(first(plugins), name)))
		return nil
	}
	return l.print(a.stdout, formatName)
}

func first(plugins []session.PluginOptions) string {
	if len(plugins) == 0 {
		return ""
	}
	return plugins[0].Plugin
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
