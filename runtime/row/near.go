package row

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// NotFoundError tells that no command has a name.
type NotFoundError struct {
	// Name is what was asked for.
	Name string
	// Near are names of commands that look like it, the likeliest first, at most
	// five.
	Near []string
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("there is no command %q", e.Name) }

// Hint says what to do, in one line.
func (e *NotFoundError) Hint() string {
	if len(e.Near) == 0 {
		return "`volint commands` lists the commands there are"
	}
	return "did you mean " + strings.Join(e.Near, " or ") + "?"
}

// AmbiguousError tells that a name fits more than one command.
type AmbiguousError struct {
	// Name is what was asked for.
	Name string
	// Names are exact names, one for each command that it fits: Find takes them.
	Names []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d commands could be %q", len(e.Names), e.Name)
}

// Hint says what to do, in one line.
func (e *AmbiguousError) Hint() string {
	const most = 8
	names, more := e.Names, ""
	if len(names) > most {
		names, more = names[:most], fmt.Sprintf(", or one of %d others", len(names)-most)
	}
	return "say which: " + strings.Join(names, " or ") + more
}

func ambiguous(name string, commands []Command, found []int) error {
	e := &AmbiguousError{Name: name}
	count := map[string]int{}
	for _, i := range found {
		count[commands[i].Name]++
	}
	for _, i := range found {
		exact := commands[i].Name
		if count[exact] > 1 {
			exact = commands[i].Message.FullName
		}
		e.Names = append(e.Names, exact)
	}
	return e
}

// maxNear is how many names an error offers.
const maxNear = 5

func notFound(name string, commands []Command) error {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	asked := fold(name)
	for i := range commands {
		if d, ok := likeness(asked, &commands[i]); ok {
			near = append(near, candidate{commands[i].Name, d})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	near = slices.CompactFunc(near, func(a, b candidate) bool { return a.name == b.name })
	// Beside a slip of the hand, what is merely like it is of no use.
	if len(near) > 0 && near[0].distance <= 2 {
		near = slices.DeleteFunc(near, func(c candidate) bool { return c.distance > 2*near[0].distance })
	}
	e := &NotFoundError{Name: name}
	for _, n := range near[:min(maxNear, len(near))] {
		e.Near = append(e.Near, n.name)
	}
	return e
}

// likeness returns how far a command's nearest name is from what was asked for,
// and whether that is near: a third of the letters may be wrong, or one is a
// part of the other.
func likeness(asked string, c *Command) (best int, near bool) {
	best = len(asked) // as if all of it were wrong
	for _, name := range append(c.names(), c.shortNames()...) {
		name = fold(name)
		if name == "" {
			continue
		}
		if d := distance(asked, name); d < best {
			best = d
		}
		part := len(asked) >= 3 && len(name) >= 3 && (strings.Contains(name, asked) || strings.Contains(asked, name))
		near = near || part
	}
	return best, near || best < len(asked) && best <= max(1, len(asked)/3)
}

// distance is how many letters have to be put in, left out, changed, or swapped
// with their neighbour to make b of a.
func distance(a, b string) int {
	before, last, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			changed := last[j-1]
			if a[i-1] != b[j-1] {
				changed++
			}
			next[j] = min(changed, last[j]+1, next[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}
