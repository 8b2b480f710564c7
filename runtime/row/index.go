package row

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// index is what a registry's commands are found by.
type index struct {
	commands []Command // sorted
	// by has a table for each way, from a name as that way compares it to the commands
	// that have it. Each is made when it is first needed.
	by [ways]struct {
		once  sync.Once
		table map[string][]int
	}
}

// A way is how names are compared; the strictest is the first.
type way int

const (
	byOwnName   way = iota // the command's name and the message's full one
	byAnyName              // these, and the message's own and the plugins'
	byModule               // the plugins' less their class
	byAnyCase              // whole names in lower case
	byFolded               // whole names folded
	byShort                // names less their class or their last word, folded
	byLessClass            // the same, with what was asked for less its class
	ways
)

// newIndex makes the index of commands. Of two with the same message the first
// counts.
func newIndex(added [][]Command) *index {
	all := slices.Concat(added...)
	x := &index{commands: all[:0]}
	seen := make(map[string]bool, len(all))
	for _, c := range all {
		if !seen[c.Message.FullName] {
			seen[c.Message.FullName] = true
			x.commands = append(x.commands, c)
		}
	}
	slices.SortFunc(x.commands, func(a, b Command) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Message.FullName, b.Message.FullName))
	})
	return x
}

// find returns the commands that have a name, in their order.
func (x *index) find(w way, name string) []int {
	asked := name
	if w == byLessClass {
		asked = lessClass(name)
		w = byShort
	}
	key := w.spelled(asked)
	if key == "" {
		return nil
	}
	t := &x.by[w]
	t.once.Do(func() { t.table = x.table(w) })
	return x.owners(t.table[key], w, key)
}

// table makes a way's table.
func (x *index) table(w way) map[string][]int {
	table := make(map[string][]int, 4*len(x.commands))
	for i := range x.commands {
		for _, name := range w.names(&x.commands[i]) {
			key := w.spelled(name)
			if have := table[key]; key != "" && (len(have) == 0 || have[len(have)-1] != i) {
				table[key] = append(have, i)
			}
		}
	}
	return table
}

// owners leaves those of the found commands that own a plugin by whose name they were
// found, where one of them does: the others are for the same plugin and have names of
// their own.
func (x *index) owners(found []int, w way, key string) []int {
	if len(found) < 2 {
		return found
	}
	var own []int
	for _, i := range found {
		c := &x.commands[i]
		if slices.ContainsFunc(c.plugins(), func(p string) bool {
			return c.Owns(p) && (w.spelled(p) == key || (w == byModule || w == byShort) && w.spelled(lessClass(p)) == key)
		}) {
			own = append(own, i)
		}
	}
	if len(own) == 0 {
		return found
	}
	return own
}

// names are the names of a command that a way compares.
func (w way) names(c *Command) []string {
	switch w {
	case byOwnName:
		return []string{c.Name, c.Message.FullName}
	case byModule:
		return c.modules()
	case byShort:
		return c.shortNames()
	}
	return c.names()
}

// spelled is a name as a way compares it.
func (w way) spelled(name string) string {
	switch w {
	case byOwnName, byAnyName, byModule:
		return name
	case byAnyCase:
		return strings.ToLower(name)
	}
	return fold(name)
}

// names are the whole names of a command.
func (c *Command) names() []string {
	return append([]string{c.Name, c.Message.FullName, c.Message.name()}, c.plugins()...)
}

// plugins are the exact names of a command's plugin, in either version.
func (c *Command) plugins() []string {
	var names []string
	for _, p := range []*Plugin{&c.Volatility2, &c.Volatility3} {
		if p.Name != "" {
			names = append(append(names, p.Name), p.Aliases...)
		}
	}
	return names
}

// shortNames are names less their class, and less their last word where that is how
// the plugin is looked up.
func (c *Command) shortNames() []string {
	names := []string{c.Name}
	for _, p := range []*Plugin{&c.Volatility2, &c.Volatility3} {
		if p.Offered && p.Name == "" {
			names = append(names, lessWord(c.Message.name()))
		}
	}
	return append(names, c.modules()...)
}

// modules are the names of a command's plugin less their class.
func (c *Command) modules() []string {
	var names []string
	for _, p := range c.plugins() {
		names = append(names, lessClass(p))
	}
	return names
}
