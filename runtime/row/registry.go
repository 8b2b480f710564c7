package row

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Registry is a table of commands. The zero value is empty and ready; it may be
// used by many goroutines.
type Registry struct {
	mu sync.Mutex
	// added are the commands as they came, some perhaps twice: even looking at them is
	// put off, since programs that import hundreds use few of them.
	added [][]Command
	// index is made when somebody looks, and again after commands were added.
	index atomic.Pointer[index]
}

// Default is the registry that generated packages enter their commands into when
// they are imported.
var Default Registry

// Register enters commands into the Default registry; see Registry.Register.
func Register(commands ...Command) { Default.Register(commands...) }

// Commands returns the commands of the Default registry; see Registry.Commands.
func Commands() []Command { return Default.Commands() }

// Find finds a command in the Default registry; see Registry.Find.
func Find(name string) (Command, error) { return Default.Find(name) }

// Register enters commands. Of two with the same message the first stays, so
// that a program may link two packages that were generated of one file. A slice that
// is passed on is the registry's from then on.
func (r *Registry) Register(commands ...Command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.added = append(r.added, commands)
	r.index.Store(nil)
}

// Commands returns all commands, sorted by name and then by the message's full
// name.
func (r *Registry) Commands() []Command { return slices.Clone(r.indexed().commands) }

// Find finds the command that a user calls name: the command's own name, its
// message's, or one that its plugin has in either version of Volatility, aliases
// included.
//
// A command's name or a message's full one that is equal wins, then any other name
// that is, then that of a Volatility 3 plugin less its class (linux.pslist.PsList for
// linux.pslist). Else upper and lower case are the same, and where that does not help
// nothing but letters and digits counts: first of whole names, then of plugins less
// their class, and of messages by which plugins are looked up less their last word
// (linux_pslist_task for linux_pslist).
//
// Of several commands for one plugin the plugin's own is found by the plugin's name:
// see Command.Owns. The error is a *NotFoundError or an *AmbiguousError.
func (r *Registry) Find(name string) (Command, error) {
	x := r.indexed()
	for way := range ways {
		found := x.find(way, name)
		switch {
		case len(found) == 1:
			return x.commands[found[0]], nil
		case len(found) > 1:
			return Command{}, ambiguous(name, x.commands, found)
		}
	}
	return Command{}, notFound(name, x.commands)
}

// Owns reports whether the command has the name of a plugin, for Volatility 3 with
// its class or without. Then its message is the plugin's own: the one that is meant
// where only the plugin is named.
func (c *Command) Owns(plugin string) bool {
	return plugin != "" && (c.Name == plugin || c.Name == lessClass(plugin))
}

// indexed returns the index, and makes it where there is none.
func (r *Registry) indexed() *index {
	if x := r.index.Load(); x != nil {
		return x
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if x := r.index.Load(); x != nil {
		return x
	}
	x := newIndex(r.added)
	r.index.Store(x)
	return x
}
