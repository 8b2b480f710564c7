package row

import (
	"cmp"
	"slices"
	"sync"
)

// Registry is a table of commands. The zero value is empty and ready; it may be
// used by many goroutines.
type Registry struct {
	mu       sync.RWMutex
	commands map[string]Command
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
// that a program may link two packages that were generated of one file.
func (r *Registry) Register(commands ...Command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.commands == nil {
		r.commands = make(map[string]Command)
	}
	for _, c := range commands {
		if _, ok := r.commands[c.Message.FullName]; !ok {
			r.commands[c.Message.FullName] = c
		}
	}
}

// Commands returns all commands, sorted by name and then by the message's full
// name.
func (r *Registry) Commands() []Command {
	r.mu.RLock()
	defer r.mu.RUnlock()
	commands := make([]Command, 0, len(r.commands))
	for _, c := range r.commands {
		commands = append(commands, c)
	}
	slices.SortFunc(commands, func(a, b Command) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Message.FullName, b.Message.FullName))
	})
	return commands
}

// Find finds the command that a user calls name: the command's own name, its
// message's, or that of its plugin in either version of Volatility.
//
// A name that is equal wins. Else names are compared without regard to upper and
// lower case and to all but letters and digits: first whole names, then messages
// less their last word (linux_pslist_task for linux_pslist) and Volatility 3's
// plugins less their class (linux.pslist.PsList for linux.pslist). The error is a
// *NotFoundError or an *AmbiguousError.
func (r *Registry) Find(name string) (Command, error) {
	commands := r.Commands()
	for _, matches := range finders(name) {
		found := slices.DeleteFunc(slices.Clone(commands), func(c Command) bool { return !matches(c) })
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return Command{}, ambiguous(name, found)
		}
	}
	return Command{}, notFound(name, commands)
}

// finders are the ways to find a name, the strictest first.
func finders(name string) []func(Command) bool {
	folded, short := fold(name), fold(lessClass(name))
	return []func(Command) bool{
		func(c Command) bool { return c.Name == name || c.Message.FullName == name },
		func(c Command) bool { return name != "" && slices.Contains(names(c), name) },
		func(c Command) bool { return containsFolded(names(c), folded) },
		func(c Command) bool { return containsFolded(shortNames(c), folded) },
		func(c Command) bool { return containsFolded(shortNames(c), short) },
	}
}

// names are the whole names of a command.
func names(c Command) []string {
	return []string{c.Name, c.Message.FullName, c.Message.name(), c.Volatility2.Name, c.Volatility3.Name}
}

// shortNames are names less their last word or their class.
func shortNames(c Command) []string {
	return []string{c.Name, lessWord(c.Message.name()), lessClass(c.Volatility3.Name)}
}

func containsFolded(names []string, folded string) bool {
	return folded != "" && slices.ContainsFunc(names, func(n string) bool { return fold(n) == folded })
}
