package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// offered are the commands that a version of Volatility may have.
func offered(version session.Version) []row.Command {
	return slices.DeleteFunc(row.Commands(), func(c row.Command) bool { return !in(&c, version).Offered })
}

// in is what a command is in a version of Volatility.
func in(c *row.Command, version session.Version) *row.Plugin {
	if version == session.Volatility2 {
		return &c.Volatility2
	}
	return &c.Volatility3
}

// fitter is a session that can tell which plugins are for its memory.
type fitter interface {
	Fitting(ctx context.Context, progress func(float64, string)) (*session.Fitting, error)
}

// everything is what --all runs, and what it leaves out.
type everything struct {
	version session.Version
	fitting *session.Fitting // nil where the session can't tell
	tasks   []task
	left    []leftOut
}

// leftOut are commands that are not run, and why.
type leftOut struct {
	why   string
	names []string
}

// runAll runs all commands that are for this memory and need no options.
func (a *app) runAll(ctx context.Context, runner session.Runner, o *runOptions) error {
	e := &everything{}
	var err error
	if e.version, err = o.config.WhichVersion(); err != nil {
		return err
	}
	if f, ok := runner.(fitter); ok {
		bar := a.ui.bar("--all")
		e.fitting, err = f.Fitting(ctx, bar.set)
		bar.done()
		if err != nil {
			return err
		}
	}
	e.choose(offered(e.version))
	if len(e.tasks) > 0 {
		err = a.runMany(ctx, runner, o, e.tasks)
	}
	if ctx.Err() != nil || isPipe(err) {
		return err
	}
	e.tellLeftOut(a.ui)
	if e.fitting != nil && e.fitting.Why != nil {
		return e.fitting.Why // and so most of what was wanted could not be run
	}
	return err
}

// choose decides about each command. Of several for one plugin the plugin's own is run.
func (e *everything) choose(commands []row.Command) {
	run := map[string]int{} // the index in chosen, by the plugin
	var chosen []row.Command
	for _, c := range commands {
		plugin, why := e.fits(&c)
		if why != "" {
			e.leave(why, c.Name)
			continue
		}
		if i, twice := run[plugin]; twice && plugin != "" {
			other := &chosen[i]
			if !owns(&c, in(&c, e.version)) {
				e.leave("whose plugin another runs", c.Name)
				continue
			}
			e.leave("whose plugin another runs", other.Name)
			*other = c
			continue
		}
		run[plugin] = len(chosen)
		chosen = append(chosen, c)
	}
	labels := labels{}
	for _, c := range chosen {
		e.tasks = append(e.tasks, task{label: labels.of(c), command: c, args: []string{}})
	}
}

// owns reports whether a command is its plugin's own.
func owns(c *row.Command, p *row.Plugin) bool { return slices.ContainsFunc(pluginNames(p), c.Owns) }

// pluginNames are the exact names of a plugin, in the order in which one is taken.
func pluginNames(p *row.Plugin) []string {
	if p.Name == "" {
		return nil
	}
	return append([]string{p.Name}, p.Aliases...)
}

// copiers are plugins that do nothing but write the memory to a file, as large as it
// is: nobody means that who wants to know what is in it.
var copiers = []string{"layerwriter.LayerWriter", "imagecopy", "raw2dmp"}

// endless are plugins that run on until there is no memory left, under Volatility
// itself too.
var endless = []string{"linux_kernel_opened_files"}

// fits says which plugin a command would run, as far as that is known, or why it is
// left out.
func (e *everything) fits(c *row.Command) (plugin, why string) {
	p := in(c, e.version)
	names := pluginNames(p)
	if len(names) == 0 {
		return "", "" // it is looked up when it runs
	}
	if slices.Contains(copiers, p.Name) {
		return "", "that copy the memory"
	}
	if slices.Contains(endless, p.Name) {
		return "", "that come to no end"
	}
	if e.fitting == nil {
		return p.Name, ""
	}
	for _, name := range names {
		switch {
		case slices.Contains(e.fitting.Plugins, name):
			if needs := e.fitting.Needs[name]; len(needs) > 0 {
				return "", "that need an option"
			}
			return name, ""
		case slices.Contains(e.fitting.Others, name):
			if e.fitting.System == systemOf(c) {
				return "", "that do not work with the profile"
			}
			return "", "for other systems"
		}
	}
	return "", fmt.Sprintf("that this Volatility %d does not have", e.version)
}

func (e *everything) leave(why, name string) {
	i := slices.IndexFunc(e.left, func(l leftOut) bool { return l.why == why })
	if i < 0 {
		i = len(e.left)
		e.left = append(e.left, leftOut{why: why})
	}
	e.left[i].names = append(e.left[i].names, name)
}

// tellLeftOut has one line for all that was left out, and with --verbose their names.
func (e *everything) tellLeftOut(u *ui) {
	slices.SortFunc(e.left, func(x, y leftOut) int { return strings.Compare(x.why, y.why) })
	count := 0
	var parts []string
	for _, l := range e.left {
		count += len(l.names)
		parts = append(parts, fmt.Sprintf("%d %s", len(l.names), l.why))
	}
	if count == 0 {
		return
	}
	u.say("summary", "left out %s: %s", quantity(int64(count), "command"), strings.Join(parts, ", "))
	if !u.verbose {
		return
	}
	for _, l := range e.left {
		u.say("note", "left out, %s: %s", l.why, strings.Join(l.names, ", "))
	}
}
