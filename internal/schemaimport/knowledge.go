package schemaimport

import (
	_ "embed"
	"fmt"
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
		if title, _, differs := strings.Cut(part, "!="); differs {
			rule.differ[option.Fold(title)] = true
			continue
		}
		title, is, found := strings.Cut(part, "=")
		if !found {
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
