package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// atTheTab is how long somebody who pressed Tab waits for Volatility.
const atTheTab = 5 * time.Second

// completeWords completes what follows volint's own flags: commands, and their options,
// which the schema tells, else the installed Volatility. Where neither can there are none.
func (a *app) completeWords(ctx context.Context, s *settings, words []string, typed string) ([]string, cobra.ShellCompDirective) {
	all := groups(words)
	group := all[len(all)-1]
	names := slices.IndexFunc(group, isOption)
	if names < 0 && !isOption(typed) {
		return commandNames(), cobra.ShellCompDirectiveNoFileComp
	}
	if names < 0 {
		names = len(group)
	}
	if names == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(ctx, atTheTab)
	defer cancel()
	options := a.optionsFor(ctx, *s, group[names-1])
	if isOption(typed) {
		return spelled(options), cobra.ShellCompDirectiveNoFileComp
	}
	return valuesAfter(options, words[len(words)-1])
}

func (a *app) optionsFor(ctx context.Context, s settings, name string) []session.Option {
	if setVersion(&s.config, s.volatility) != nil {
		return nil
	}
	if version, err := s.config.WhichVersion(); err == nil {
		if known := toldOptions(name, version); known != nil {
			return known
		}
	}
	s.config.Image = ""
	plugins, err := a.pluginOptions(ctx, s.config, []string{optionsName(name)})
	if err != nil || len(plugins) == 0 {
		return nil
	}
	return plugins[0].Options
}

// toldOptions are the options that the schema tells of a command's plugin, which is
// at once; nil where it tells none.
func toldOptions(name string, version session.Version) []session.Option {
	c, err := row.Find(name)
	if err != nil {
		return nil
	}
	var all []session.Option
	for _, o := range in(&c, version).Options {
		option := session.Option{Name: o.Name, Kind: o.Kind, Optional: !o.Required, Choices: o.Choices, Doc: o.Doc}
		switch {
		case o.List:
			option.Kind, option.Element = "list", o.Kind
		case len(o.Choices) > 0:
			option.Kind = "choice"
		}
		all = append(all, option)
	}
	return all
}

// spelled are options with what they do, as cobra takes completions.
func spelled(options []session.Option) []string {
	var all []string
	for _, o := range options {
		all = append(all, cobra.CompletionWithDesc("--"+o.Name, strings.Join(strings.Fields(o.Doc), " ")))
	}
	return all
}

// valuesAfter are what may follow an option.
func valuesAfter(options []session.Option, word string) ([]string, cobra.ShellCompDirective) {
	for _, o := range options {
		if "--"+o.Name != word {
			continue
		}
		switch o.Kind {
		case "choice":
			return o.Choices, cobra.ShellCompDirectiveNoFileComp
		case "uri", "string":
			return nil, cobra.ShellCompDirectiveDefault
		}
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
