package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

func formatFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "format", format.Names()[0], "a `NAME`: "+strings.Join(format.Names(), ", "))
	complete(cmd, "format", format.Names())
}

// checkFormat refuses a format that there is none of, before anything is started.
func checkFormat(name string) error {
	if slices.Contains(format.Names(), name) {
		return nil
	}
	return misuse("choose one of "+strings.Join(format.Names(), ", "), "unknown format %q", name)
}

func outputFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVarP(into, "output", "o", "", "write to `FILE`, called FILE"+partial+" until all rows are in it")
}

// whereFlags are the flags that say where Volatility and its files are.
func whereFlags(cmd *cobra.Command, c *session.Config, volatility *int) {
	f := cmd.Flags()
	f.IntVar(volatility, "volatility", 0, "Volatility's `VERSION`, 2 or 3 (default 2 with a profile)")
	f.StringArrayVar(&c.Symbols, "symbols", nil, "`DIR` of symbol files for Volatility 3; may be repeated")
	f.StringArrayVar(&c.Plugins, "plugins", nil, "`DIR` of plugins and Volatility 2's profiles; may be repeated")
	f.StringVar(&c.Python, "python", "", "`PATH` of the Python interpreter that has Volatility")
	complete(cmd, "volatility", []string{"2", "3"})
}

// setVersion checks --volatility.
func setVersion(c *session.Config, volatility int) error {
	if volatility != 0 && volatility != 2 && volatility != 3 {
		return misuse("--volatility takes 2 or 3", "there is no Volatility %d", volatility)
	}
	c.Version = session.Version(volatility)
	return nil
}

// complete gives a flag's values to the shell's completion.
func complete(cmd *cobra.Command, flag string, values []string) {
	// The one error is a flag that does not exist, which every test would show.
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

// completeCommands does so with the commands, which are looked at when somebody asks.
func completeCommands(cmd *cobra.Command, flag string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, completeName); err != nil {
		panic(err)
	}
}

func completeName(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return commandNames(), cobra.ShellCompDirectiveNoFileComp
}

func commandNames() []string {
	var names []string
	for _, c := range row.Commands() {
		names = append(names, c.Name)
	}
	return names
}
