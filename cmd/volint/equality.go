package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/equality"
	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
	"github.com/volint/volint/runtime/session/cache"
)

// equalityOptions are the flags of volint equality.
type equalityOptions struct {
	settings
	output, keep string
	jobs         int
}

func (a *app) equalityCommand() *cobra.Command {
	var o equalityOptions
	cmd := &cobra.Command{
		Use:   "equality -f PATH [flags] [PLUGIN...]",
		Short: "Hold what volint finds in an image beside what Volatility prints",
		Long: `equality runs each plugin that is for the image's system and needs no options:
once by Volatility itself, in a process of its own (vol -r json, vol.py
--output=json), and twice by volint: for the plugin's table, and for the typed rows of
its message. It prints a line a plugin:

  equal              the table and the typed rows say what Volatility prints
  equal, untyped     the table does, and no message is for the plugin
  typed only         there are typed rows, and Volatility has no JSON for the plugin
  fails in both      Volatility itself fails, and the remark has its words
  typed rows differ  and in what they first do
  differs            so does the table

A PLUGIN is Volatility's exact name; with options, it is one argument in quotes. PATH is
a dump that Volatility reads by itself.

What Volatility printed is kept, so that a comparison that was broken off goes on
where it was. -o writes the table as Markdown. The status is 1 when something differs.

Volatility itself fetches symbols that it lacks, and sessions don't: for an image of
Windows run "vol -f PATH windows.info" once before.`,
		Example: `  # Every plugin for the image's system
  volint equality -f mem.raw -o equality.md

  # Two of them, by Volatility 2
  volint equality -f mem.raw --profile Win7SP1x64 pslist "dlllist -p 4"`,
		Args: cobra.ArbitraryArgs,
		RunE: do(func(ctx context.Context, args []string) error { return a.equality(ctx, &o, args) }),
	}
	f := cmd.Flags()
	f.StringVarP(&o.config.Image, "file", "f", "", "`PATH` of the memory (needed)")
	f.StringVar(&o.config.Profile, "profile", "", "Volatility 2's `PROFILE`, such as Win7SP1x64")
	f.DurationVar(&o.timeout, "timeout", 0, "leave out a plugin that takes longer than `TIME`")
	f.StringVar(&o.config.Cache, "cache", "", "`DIR` of what sessions keep from one run to the next")
	whereFlags(cmd, &o.config, &o.volatility)
	outputFlag(cmd, &o.output)
	f.Lookup("output").Usage = "write the table as Markdown to `FILE`"
	f.StringVar(&o.keep, "keep", "", "`DIR` for what Volatility printed (default in the cache folder)")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "compare `NUMBER` plugins at once (default one for each core)")
	return cmd
}

// comparison is one of an image that is on its way.
type comparison struct {
	app      *app
	o        *equalityOptions
	by       *equality.Comparison
	runner   session.Runner
	outcomes map[string]equality.Outcome
	mu       sync.Mutex
}

func (a *app) equality(ctx context.Context, o *equalityOptions, args []string) error {
	if err := o.check("equality"); err != nil {
		return err
	}
	volatility, err := o.reads(ctx)
	if err != nil {
		return err
	}
	// The order of a set of texts hangs on a number that each process draws.
	name, value, _ := strings.Cut(equality.Environment, "=")
	if err := os.Setenv(name, value); err != nil {
		return err
	}
	if volatility.Version == session.Volatility3 { // for 2 see equality.InSession
		if o.config.Files, err = os.MkdirTemp("", "volint-equality"); err != nil {
			return cannotWrite(err)
		}
		defer os.RemoveAll(o.config.Files)
	}
	c := &comparison{app: a, o: o, outcomes: map[string]equality.Outcome{}}
	disassembler := &equality.Disassembler{Python: volatility.Python}
	defer disassembler.Close()
	if c.by, err = o.comparison(volatility, disassembler); err != nil {
		return err
	}
	if c.runner, err = a.openSession(ctx, &o.settings); err != nil {
		return err
	}
	defer c.runner.Close()
	commands, err := c.commands(ctx, args)
	if err != nil {
		return err
	}
	if err := c.run(ctx, commands); err != nil {
		return err
	}
	return c.report(volatility)
}

// reads is the installed Volatility that a session would use, to be run by itself.
func (o *equalityOptions) reads(ctx context.Context) (*equality.Volatility, error) {
	const hint = "give the path of a dump: a file that Volatility reads by itself"
	info, err := os.Stat(o.config.Image)
	if err != nil || !info.Mode().IsRegular() {
		return nil, fail(hint, "%s is no file", term.Escape(o.config.Image))
	}
	if err := o.wholePaths(); err != nil {
		return nil, err
	}
	version, err := o.config.WhichVersion()
	if err != nil {
		return nil, err
	}
	found := session.Probe(ctx, o.config)
	at := slices.IndexFunc(found, func(c session.Candidate) bool { return c.Chosen })
	if at < 0 {
		return nil, fail("volint doctor says what is missing", "no Python was found that has Volatility %d", version)
	}
	v := &equality.Volatility{
		Version: version, Python: found[at].Python, Image: o.config.Image, Profile: o.config.Profile,
		Symbols: o.config.Symbols, Plugins: o.config.Plugins,
	}
	err = v.Inspect(ctx)
	if errors.Is(err, equality.ErrNoProgram) {
		return nil, fail("install Volatility 2 with its setup.py, which puts vol.py beside Python", "%v", err)
	}
	return v, err
}

// wholePaths makes all paths whole, since Volatility by itself runs in another folder,
// and takes the folders that the environment names.
func (o *equalityOptions) wholePaths() (err error) {
	if o.config.Image, err = filepath.Abs(o.config.Image); err != nil {
		return err
	}
	for _, each := range []struct {
		folders  *[]string
		variable string
	}{{&o.config.Symbols, "VOLINT_SYMBOLS"}, {&o.config.Plugins, "VOLINT_PLUGINS"}} {
		if len(*each.folders) == 0 {
			*each.folders = filepath.SplitList(os.Getenv(each.variable))
		}
		for i, folder := range *each.folders {
			if (*each.folders)[i], err = filepath.Abs(folder); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *equalityOptions) comparison(v *equality.Volatility, d *equality.Disassembler) (*equality.Comparison, error) {
	keep := o.keep
	if keep == "" {
		keep = filepath.Join(string(cache.Default()), "equality")
	}
	store, err := equality.NewStore(keep, v)
	if err != nil {
		return nil, cannotWrite(err)
	}
	messages, err := equality.Shipped(row.Commands())
	if err != nil {
		return nil, err
	}
	return &equality.Comparison{
		Version: v.Version, Reference: store.Get, Messages: messages, Rules: equality.Rules{Disassemble: d.Disassemble},
	}, nil
}

// commands are those of the command line, else all that fit the image.
func (c *comparison) commands(ctx context.Context, args []string) ([]equality.Command, error) {
	var list []equality.Command
	for _, line := range args {
		if strings.TrimSpace(line) == "" {
			return nil, misuse("name a plugin, or none for all", "a plugin has no name")
		}
		list = append(list, equality.ParseCommand(line))
	}
	if len(list) > 0 {
		return list, nil
	}
	f, ok := c.runner.(fitter)
	if !ok {
		return nil, misuse("name the plugins", "this session can't tell which plugins there are")
	}
	bar := c.app.ui.bar("volint equality")
	fitting, err := f.Fitting(ctx, bar.set)
	bar.done()
	switch {
	case err != nil:
		return nil, err
	case fitting.Why != nil:
		return nil, fitting.Why
	}
	for _, plugin := range fitting.Plugins {
		if len(fitting.Needs[plugin]) == 0 && equality.Endless[plugin] == "" {
			list = append(list, equality.Command{Plugin: plugin})
		}
	}
	return list, nil
}

// run compares commands, o.jobs at once, and prints a line of each that is done.
func (c *comparison) run(ctx context.Context, commands []equality.Command) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs := c.o.jobs
	if jobs <= 0 {
		jobs = runtime.NumCPU()
	}
	room := make(chan struct{}, jobs)
	var running sync.WaitGroup
	for _, command := range commands {
		room <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		running.Add(1)
		go func() {
			defer func() { <-room; running.Done() }()
			if err := c.one(ctx, command); err != nil {
				cancel(err)
			}
		}()
	}
	running.Wait()
	return context.Cause(ctx)
}

func (c *comparison) one(ctx context.Context, command equality.Command) error {
	within, cancel := within(ctx, c.o.timeout)
	defer cancel()
	o, err := c.by.Compare(within, c.runner, c.o.config.Files, command)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case within.Err() != nil:
		c.app.ui.say("warning", "%s takes longer than %v, and is left out", term.Escape(command.String()), c.o.timeout)
		return nil
	case err != nil:
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes[command.String()] = o
	_, err = fmt.Fprintln(c.app.stdout, term.Escape(strings.Join(append([]string{
		fmt.Sprintf("%-40s %s", command, strings.ReplaceAll(o.String(), "**", "")),
	}, o.Remarks()...), "; ")))
	return err
}

// report writes the table, and says how it went.
func (c *comparison) report(v *equality.Volatility) error {
	image := filepath.Base(v.Image)
	report := &equality.Report{
		Name:   fmt.Sprintf("Volatility %s", v.Release),
		Images: []string{image}, Outcomes: map[string]map[string]equality.Outcome{image: c.outcomes},
	}
	if c.o.output != "" {
		if err := os.WriteFile(c.o.output, []byte(report.Markdown()), 0o666); err != nil {
			return cannotWrite(err)
		}
	}
	c.app.ui.say("summary", "%s", strings.TrimSuffix(equality.Summary(c.outcomes), "."))
	differ := 0
	for _, o := range c.outcomes {
		if v := o.Verdict(); v == equality.Differs || v == equality.TypedDiffers {
			differ++
		}
	}
	if differ > 0 {
		return fail("the lines above say in what, each the first difference", "what volint finds is not what Volatility prints: %s", quantity(int64(differ), "plugin"))
	}
	return nil
}
