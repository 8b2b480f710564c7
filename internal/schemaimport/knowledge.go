package schemaimport

import (
	_ "embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/volint/volint/internal/option"
)

// What people know of plugins and columns and no source tells: data/README.md has the
// format of these files.
var (
	//go:embed data/glossary.txt
	glossaryText string
	//go:embed data/pairs.txt
	pairsText string
	//go:embed data/synonyms.txt
	synonymsText string
	//go:embed data/keys.txt
	keysText string
	//go:embed data/expressions.txt
	expressionsText string
	//go:embed data/plugins.txt
	pluginsText string
)

// knowledge is what the data files say.
type knowledge struct {
	titles   map[string][]*term // by whole title
	patterns []*term
	pairs    map[string]*pairRule // by Volatility 2's plugin
	synonyms map[string]map[string]bool
	keys     map[string][]string // folded titles, by plugin
	written  map[string]*written // by Volatility 2's plugin
	plugins  map[string]string   // what a plugin's rows are
}

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

// pairRule is what is known of a plugin of Volatility 2.
type pairRule struct {
	// three is the plugin of Volatility 3 that shows the same, "" for none.
	three  string
	same   map[string]string // folded titles: Volatility 2's to Volatility 3's
	differ map[string]bool   // titles that mean another thing in Volatility 3
}

// known reads the data, once.
var known = sync.OnceValues(func() (*knowledge, error) {
	k := &knowledge{
		titles:   map[string][]*term{},
		pairs:    map[string]*pairRule{},
		synonyms: map[string]map[string]bool{},
		keys:     map[string][]string{},
		written:  map[string]*written{},
		plugins:  map[string]string{},
	}
	for _, file := range []struct {
		name, text string
		line       func(string) error
	}{
		{"glossary.txt", glossaryText, k.term},
		{"pairs.txt", pairsText, k.pair},
		{"synonyms.txt", synonymsText, k.synonym},
		{"keys.txt", keysText, k.key},
		{"expressions.txt", expressionsText, k.expressions()},
		{"plugins.txt", pluginsText, k.plugin},
	} {
		for i, line := range strings.Split(file.text, "\n") {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if err := file.line(line); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file.name, i+1, err)
			}
		}
	}
	return k, nil
})

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

// pair reads "V2 = V3 : title = title; title != title", or "V2 != V3".
func (k *knowledge) pair(line string) error {
	names, titles, _ := strings.Cut(line, ":")
	if two, _, not := strings.Cut(names, "!="); not {
		k.pairs[strings.TrimSpace(two)] = &pairRule{}
		return nil
	}
	two, three, is := strings.Cut(names, "=")
	if !is {
		return fmt.Errorf("want V2 = V3, not %q", line)
	}
	rule := &pairRule{three: strings.TrimSpace(three), same: map[string]string{}, differ: map[string]bool{}}
	for _, part := range strings.Split(titles, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		title, is, not := strings.Cut(part, "!=")
		if not {
			rule.differ[option.Fold(title)] = true
			continue
		}
		title, is2, found := strings.Cut(part, "=")
		if is = is2; !found {
			return fmt.Errorf("want title = title, not %q", part)
		}
		rule.same[option.Fold(title)] = option.Fold(is)
	}
	k.pairs[strings.TrimSpace(two)] = rule
	return nil
}

// synonym reads folded titles that mean the same thing.
func (k *knowledge) synonym(line string) error {
	group := strings.Fields(line)
	for _, a := range group {
		if k.synonyms[a] == nil {
			k.synonyms[a] = map[string]bool{}
		}
		for _, b := range group {
			k.synonyms[a][b] = true
		}
	}
	return nil
}

// key reads "plugins : titles".
func (k *knowledge) key(line string) error {
	plugins, titles, is := strings.Cut(line, ":")
	if !is {
		return fmt.Errorf("want plugins : titles, not %q", line)
	}
	folded := []string{}
	for _, title := range list(titles) {
		folded = append(folded, option.Fold(title))
	}
	for _, plugin := range list(plugins) {
		k.keys[plugin] = folded
	}
	return nil
}

// plugin reads "plugins | description".
func (k *knowledge) plugin(line string) error {
	plugins, doc, is := strings.Cut(line, "|")
	if doc = strings.TrimSpace(doc); !is || doc == "" {
		return fmt.Errorf("want plugins | description, not %q", line)
	}
	for _, plugin := range list(plugins) {
		if k.plugins[plugin] != "" {
			return fmt.Errorf("%s is described twice", plugin)
		}
		k.plugins[plugin] = doc
	}
	return nil
}

// list splits at commas.
func list(s string) []string {
	var out []string
	for _, item := range strings.Split(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
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

// knows tells whether one of some plugins is among those that Volatility brings. One of
// Volatility 2 is, too, where it is called like one of Volatility 3 that is.
func (k *knowledge) knows(plugins []string) bool {
	for _, plugin := range plugins {
		if _, is := k.keys[plugin]; is || k.pairs[plugin] != nil {
			return true
		}
		if strings.Contains(plugin, ".") {
			continue
		}
		for three := range k.keys {
			if strings.Contains(three, ".") && calledAlike(plugin, three) {
				return true
			}
		}
	}
	return false
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
