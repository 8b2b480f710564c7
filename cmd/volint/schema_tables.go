package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// asked are the Volatilities whose tables a sub-command asks for.
type asked struct {
	config     session.Config
	volatility int
	pythons    []string
}

func (a *asked) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&a.pythons, "python", nil, "`PATH` of a Python that has Volatility; may be repeated")
	f.IntVar(&a.volatility, "volatility", 0, "Volatility's `VERSION`, 2 or 3 (default: what Python has)")
	f.StringArrayVar(&a.config.Plugins, "plugins", nil, "`DIR` of plugins of your own; may be repeated")
	complete(cmd, "volatility", []string{"2", "3"})
}

// installed asks all of them for the tables of all their plugins: what one plugin's
// message is called depends on the others.
func (a *app) installed(ctx context.Context, o *asked) ([]schemaimport.Installed, error) {
	if err := setVersion(&o.config, o.volatility); err != nil {
		return nil, err
	}
	pythons := o.pythons
	if len(pythons) == 0 {
		pythons = []string{""}
	}
	var all []schemaimport.Installed
	for _, python := range pythons {
		config := o.config
		config.Python = python
		one, err := a.oneInstalled(ctx, config)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// oneInstalled asks one Volatility.
func (a *app) oneInstalled(ctx context.Context, config session.Config) (schemaimport.Installed, error) {
	var one schemaimport.Installed
	config, release, err := a.whichVolatility(ctx, config)
	if err != nil {
		return one, err
	}
	teller, done, err := openAs[tableTeller](ctx, a, config, "tables")
	if err != nil {
		return one, err
	}
	defer done()
	bar := a.ui.bar(fmt.Sprintf("Volatility %d's tables", config.Version))
	defer bar.done()
	one.Version, one.Release = config.Version, release
	one.Tables, err = teller.Tables(ctx, "")
	return one, err
}

// whichVolatility fills in the version, where nothing says it, by what the Python has,
// and tells the release. A Python that has neither is left for the session to explain.
func (a *app) whichVolatility(ctx context.Context, config session.Config) (session.Config, string, error) {
	free := config.Version == session.Auto && os.Getenv("VOLINT_VOLATILITY") == ""
	version, err := config.WhichVersion()
	if err != nil {
		return config, "", err
	}
	config.Version = version
	probe := a.probe
	if probe == nil {
		probe = session.Probe
	}
	candidates := probe(ctx, config)
	i := slices.IndexFunc(candidates, func(c session.Candidate) bool { return c.Chosen })
	if i < 0 && len(candidates) == 1 { // one that was named
		i = 0
	}
	if i < 0 {
		return config, "", nil
	}
	c := candidates[i]
	if other := session.Volatility2 + session.Volatility3 - version; free && release(&c, version) == "" && release(&c, other) != "" {
		config.Version = other
	}
	return config, release(&c, config.Version), nil
}

func release(c *session.Candidate, v session.Version) string {
	if v == session.Volatility2 {
		return c.Volatility2
	}
	return c.Volatility3
}

// tableTeller is a session that tells what plugins' tables are.
type tableTeller interface {
	Tables(ctx context.Context, plugin string) ([]session.PluginTable, error)
}

// versionsOf are the versions of some Volatilities.
func versionsOf(all []schemaimport.Installed) []session.Version {
	var versions []session.Version
	for _, i := range all {
		if !slices.Contains(versions, i.Version) {
			versions = append(versions, i.Version)
		}
	}
	return versions
}
