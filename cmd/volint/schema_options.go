package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/optionstructs"
	"github.com/volint/volint/runtime/session"
)

type schemaOptions struct {
	config     session.Config
	volatility int
	goPackage  string
	output     string
	bare       bool
}

func (a *app) schemaOptionsCommand() *cobra.Command {
	var o schemaOptions
	cmd := &cobra.Command{
		Use:   "options [PLUGIN...] --go PACKAGE",
		Short: "Write Go structs of the options that plugins take",
		Long: `options asks the installed Volatility which options PLUGINs take, and writes a Go
file with a struct for each, for session.Args:

  session.Args(options.LinuxPslistPsList{Pid: []int64{1, 20}})

Without a PLUGIN it writes those of all plugins. Structs for Volatility 3's own are
in the package github.com/volint/volint/gen/go/volatility3options.`,
		Example: `  # The options of a plugin of your own
  volint schema options --plugins ./plugins --go options -o options/options.go mine.Mine`,
		Args: cobra.ArbitraryArgs,
		RunE: do(func(ctx context.Context, args []string) error { return a.schemaOptions(ctx, o, args) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.goPackage, "go", "", "the name of the Go `PACKAGE` (needed)")
	f.BoolVar(&o.bare, "bare", false, "leave out what plugins say of themselves")
	outputFlag(cmd, &o.output)
	whereFlags(cmd, &o.config, &o.volatility)
	return cmd
}

func (a *app) schemaOptions(ctx context.Context, o schemaOptions, names []string) error {
	if o.goPackage == "" {
		return misuse("volint schema options --go PACKAGE", "volint schema options needs the name of a package")
	}
	if err := setVersion(&o.config, o.volatility); err != nil {
		return err
	}
	plugins, err := a.pluginOptions(ctx, o.config, names)
	if err != nil {
		return err
	}
	content, err := optionstructs.Generate(optionstructs.Source{
		Package: o.goPackage, Doc: optionsDoc(o.goPackage, names), Plugins: plugins, Bare: o.bare,
	})
	if err != nil {
		return fail("leave one of them out, or choose another name", "no file can be made: %v", err)
	}
	return a.writeOut(o.output, content)
}

// writeOut writes a file that is whole already to where -o says.
func (a *app) writeOut(name string, content []byte) error {
	out, err := openOutput(name, a.stdout)
	if err != nil {
		return err
	}
	if _, err := out.Write(content); err != nil {
		out.abandon()
		return cannotWrite(err)
	}
	return out.finish()
}

// optionsDoc is the comment of a package of options.
func optionsDoc(name string, names []string) []string {
	of := "Volatility's plugins"
	if len(names) == 1 {
		of = names[0]
	} else if len(names) > 0 {
		of = "some of Volatility's plugins"
	}
	return []string{
		"Package " + name + " has structs of the options that " + of + " take, for session.Args. A field that is left out is " +
			"an option that is not given; session.Int makes an optional number.",
		"\"volint commands --options PLUGIN\" says what each option does.",
	}
}

// pluginOptions are the options of plugins by name, or of all.
func (a *app) pluginOptions(ctx context.Context, config session.Config, names []string) ([]session.PluginOptions, error) {
	lister, done, err := a.openLister(ctx, config)
	if err != nil {
		return nil, err
	}
	defer done()
	if len(names) == 0 {
		return lister.Options(ctx, "")
	}
	var found []session.PluginOptions
	for _, name := range names {
		some, err := lister.Options(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			if !slices.ContainsFunc(found, func(q session.PluginOptions) bool { return q.Plugin == p.Plugin }) {
				found = append(found, p)
			}
		}
	}
	return found, nil
}

// optionLister is a session that tells which options plugins take.
type optionLister interface {
	Options(ctx context.Context, plugin string) ([]session.PluginOptions, error)
}

// openLister opens a session without memory, to ask for options.
func (a *app) openLister(ctx context.Context, config session.Config) (optionLister, func(), error) {
	var err error
	if config.DropIns, err = dropIns(); err != nil {
		return nil, nil, err
	}
	return openAs[optionLister](ctx, a, config, "options")
}

// openAs opens a session without memory that tells of something; the function closes it.
func openAs[T any](ctx context.Context, a *app, config session.Config, what string) (T, func(), error) {
	var none T
	config.Log = a.ui.logger()
	runner, err := a.open(ctx, config)
	if err != nil {
		return none, nil, err
	}
	teller, ok := runner.(T)
	if !ok {
		_ = runner.Close()
		return none, nil, fmt.Errorf("%T tells no %s", runner, what)
	}
	return teller, func() { _ = runner.Close() }, nil
}
