package main

import (
	"fmt"
	"strings"

	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// notThere is the name of a plugin that none of the Volatilities has.
type notThere struct{ name string }

func (e *notThere) Error() string { return fmt.Sprintf("there is no plugin %s", e.name) }

// choose returns the files with the messages of plugins that are named, as commands
// are: by the plugin's name, whole or less its class, another name of it, the
// command's, or the message's.
func choose(files []*schemaimport.File, untyped []schemaimport.Untyped, names []string) ([]*schemaimport.File, error) {
	wanted := map[*schemaimport.Message]bool{}
	for _, name := range names {
		found := false
		for _, f := range files {
			for _, m := range f.Messages {
				if goesBy(m, option.Fold(name)) {
					wanted[m], found = true, true
				}
			}
		}
		if !found {
			return nil, whyNot(untyped, name)
		}
	}
	var chosen []*schemaimport.File
	for _, f := range files {
		file := *f
		file.Messages = nil
		for _, m := range f.Messages {
			if wanted[m] {
				file.Messages = append(file.Messages, m)
			}
		}
		if len(file.Messages) > 0 {
			chosen = append(chosen, &file)
		}
	}
	return chosen, nil
}

// goesBy says whether a folded name is one of a message's.
func goesBy(m *schemaimport.Message, name string) bool {
	plugins := []string{m.Command.GetName(), m.Name}
	for _, s := range []interface {
		GetPlugin() string
		GetAliases() []string
	}{m.Command.GetVolatility2(), m.Command.GetVolatility3()} {
		plugins = append(append(plugins, s.GetPlugin()), s.GetAliases()...)
	}
	for _, p := range plugins {
		if p != "" && isNamed(p, name) {
			return true
		}
	}
	return false
}

// isNamed says whether a folded name is a plugin's, whole or less its class.
func isNamed(plugin, name string) bool {
	module := plugin[:max(0, strings.LastIndexByte(plugin, '.'))]
	return name == option.Fold(plugin) || module != "" && name == option.Fold(module)
}

// whyNot says why a plugin has no message.
func whyNot(untyped []schemaimport.Untyped, name string) error {
	for _, u := range untyped {
		if isNamed(u.Plugin, option.Fold(name)) {
			hint := "write a message with `rows` and expressions by hand: docs/schema.md, \"The expression model\""
			if u.Version == session.Volatility3 {
				hint = "volint schema import --verbose says more; or write a message by hand: docs/schema.md"
			}
			return fail(hint, "no message can be made of %s: %s", u.Plugin, u.Reason)
		}
	}
	return &notThere{name}
}
