package schemaimport

import (
	"fmt"
	"path"
	"strings"

	"github.com/volint/volint/internal/option"
)

// term is what the glossary says of a title.
type term struct {
	title, scope string // patterns; the scope "" is every plugin
	// name and typ replace what the title and its type give.
	name, typ string
	// meaning is "virtual", "physical", "hex", "plain", or "" for what the type says.
	meaning string
	// number, time and yes: text of Volatility 2 that always is one, or yes or no.
	number, time, yes bool
	// ones: a value of 64 ones is none.
	ones bool
	// any: also for plugins that nobody knows.
	any bool
	doc string
}

// term reads "titles @scopes | flags | description".
func (k *knowledge) term(line string) error {
	parts := strings.SplitN(line, "|", 3)
	if len(parts) != 3 {
		return fmt.Errorf("want titles | flags | description, not %q", line)
	}
	titles, scopes, _ := strings.Cut(parts[0], "@")
	t := term{doc: strings.TrimSpace(parts[2])}
	for _, flag := range strings.Fields(parts[1]) {
		if err := t.flag(flag); err != nil {
			return err
		}
	}
	for _, title := range list(titles) {
		for _, scope := range append(list(scopes), "")[:max(1, len(list(scopes)))] {
			if _, err := path.Match(scope, ""); err != nil {
				return fmt.Errorf("%q is no pattern", scope)
			}
			one := t
			one.title, one.scope = title, scope
			if strings.Contains(title, "*") {
				k.patterns = append(k.patterns, &one)
			} else {
				k.titles[title] = append(k.titles[title], &one)
			}
		}
	}
	return nil
}

func (t *term) flag(flag string) error {
	name, value, _ := strings.Cut(flag, "=")
	switch name {
	case "virtual", "physical", "hex", "plain":
		t.meaning = name
	case "number":
		t.number = true
	case "time":
		t.time = true
	case "bool":
		t.yes = true
	case "ones":
		t.ones = true
	case "any":
		t.any = true
	case "name":
		t.name = value
	case "type":
		t.typ = value
	default:
		return fmt.Errorf("there is no flag %q", flag)
	}
	return nil
}

// lookup is what the glossary says of a title in one of some plugins: a whole title
// counts before a pattern, then the narrower pattern and scope, then the later line.
func (k *knowledge) lookup(plugins []string, title string) term {
	folded, known := option.Fold(title), k.knows(plugins)
	if t := best(k.titles[folded], plugins, folded, known); t != nil {
		return *t
	}
	if t := best(k.patterns, plugins, folded, known); t != nil {
		return *t
	}
	return term{}
}

// best is the term that says most of a title, nil where none fits.
func best(terms []*term, plugins []string, folded string, known bool) *term {
	var found *term
	widest := -1
	for _, t := range terms {
		fits := t.any || known
		if t.scope != "" {
			fits = matchesAny(t.scope, plugins)
		}
		if w := width(t.scope) + 100*width(t.title); fits && w >= widest && matches(t.title, folded) {
			found, widest = t, w
		}
	}
	return found
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func matchesAny(pattern string, names []string) bool {
	for _, name := range names {
		if matches(pattern, name) {
			return true
		}
	}
	return false
}

// width is how many letters a pattern asks for.
func width(pattern string) int { return len(pattern) - strings.Count(pattern, "*") }
