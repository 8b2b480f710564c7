package schemaimport

import (
	"fmt"
	"strings"
	"testing"

	"github.com/volint/volint/internal/option"
)

// The data can be read, and says nothing that could never count.
func TestData(t *testing.T) {
	k, err := known()
	if err != nil {
		t.Fatal(err)
	}
	check := func(where, title string) {
		if pattern := strings.ReplaceAll(title, "*", ""); title == "" || option.Fold(pattern) != pattern {
			t.Errorf("%s: the title %q is not folded", where, title)
		}
	}
	seen := map[string]bool{}
	for title, terms := range k.titles {
		for _, term := range terms {
			check("glossary.txt", title)
			// A title may have a line for any plugin, and another for those that are known.
			if at := fmt.Sprintf("%s @%s (any: %t)", title, term.scope, term.any); seen[at] {
				t.Errorf("glossary.txt has %s twice", at)
			} else {
				seen[at] = true
			}
			if term.doc != "" && !strings.HasSuffix(term.doc, ".") {
				t.Errorf("glossary.txt: %q does not end like a sentence", term.doc)
			}
			if term.scope != "" && !k.someoneIs(term.scope) {
				t.Errorf("glossary.txt: %s @%s is for no plugin that keys.txt or pairs.txt has", title, term.scope)
			}
		}
	}
	for a, group := range k.synonyms {
		check("synonyms.txt", a)
		if len(group) < 2 {
			t.Errorf("synonyms.txt: %s has no synonym", a)
		}
	}
	for two, rule := range k.pairs {
		if rule.three != "" && k.keys[rule.three] == nil {
			t.Errorf("pairs.txt: %s is paired with %s, which keys.txt does not have", two, rule.three)
		}
	}
	for name, w := range k.written {
		if w.rows == "" || w.row == "" || len(w.columns) == 0 {
			t.Errorf("expressions.txt: %s lacks rows, their name or a column", name)
		}
	}
	for plugin, doc := range k.plugins {
		if !strings.HasSuffix(doc, ".") {
			t.Errorf("plugins.txt: %q does not end like a sentence", doc)
		}
		if !k.someoneIs(plugin) && k.written[plugin] == nil {
			t.Errorf("plugins.txt: %s is no plugin that keys.txt or pairs.txt has", plugin)
		}
	}
	for plugin := range k.keys {
		if k.plugins[plugin] == "" && !k.pairedByName(plugin) {
			t.Errorf("plugins.txt: %s is not described", plugin)
		}
	}
}

// someoneIs tells whether a scope fits a plugin that the data names otherwise, or one of
// Volatility 2 that is called like one of Volatility 3.
func (k *knowledge) someoneIs(scope string) bool {
	for name := range k.keys {
		if matches(scope, name) || !strings.ContainsAny(scope, ".*") && calledAlike(scope, name) {
			return true
		}
	}
	return k.pairs[scope] != nil
}

// pairedByName tells whether a plugin of Volatility 2 is called like one of Volatility 3
// that is described.
func (k *knowledge) pairedByName(two string) bool {
	for three := range k.plugins {
		if !strings.Contains(two, ".") && strings.Contains(three, ".") && calledAlike(two, three) {
			return true
		}
	}
	return false
}

func TestLookup(t *testing.T) {
	k, err := known()
	if err != nil {
		t.Fatal(err)
	}
	doc := func(title string, plugins ...string) string { return k.lookup(plugins, title).doc }
	for _, test := range []struct{ name, got, want string }{
		{"a title of its own", doc("Needed", "linux_elfs"), "The libraries that the file asks for, with commas between them."},
		{"the narrower scope", doc("Offset", "linux_psscan"), "The physical address of the task_struct."},
		{"the wider scope", doc("Offset", "linux_getcwd"), "The kernel virtual address of the task_struct."},
		{"a scope of either", doc("PID", "linux.psscan.PsScan", "linux_psscan"), "The process ID, which for Linux is that of the thread group."},
		{"in any plugin", doc("PPID", "mine.Mine"), "The process ID of the parent."},
		{"elsewhere only", doc("Count", "mine.Mine"), ""},
		{"called like a known one", doc("Kernel", "ldrmodules"), "Whether the kernel's list of mappings has it."},
	} {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", test.name, test.got, test.want)
		}
	}
	if meaning := k.lookup([]string{"mine.Mine"}, "Some Address").meaning; meaning != "virtual" {
		t.Errorf("an address of any plugin is %q", meaning)
	}
	if meaning := k.lookup([]string{"mine.Mine"}, "Some Thing").meaning; meaning != "" {
		t.Errorf("some thing of any plugin is %q", meaning)
	}
}

// A mistake in the data is told.
func TestDataMistakes(t *testing.T) {
	for line, read := range map[string]func(*knowledge) func(string) error{
		"pid | The process ID":       func(k *knowledge) func(string) error { return k.term },
		"pid | odd | The process ID": func(k *knowledge) func(string) error { return k.term },
		"pid @[ | | The process ID":  func(k *knowledge) func(string) error { return k.term },
		"linux_bash":                 func(k *knowledge) func(string) error { return k.pair },
		"a = b : c":                  func(k *knowledge) func(string) error { return k.pair },
		"linux.bash.Bash":            func(k *knowledge) func(string) error { return k.key },
		"rows | data":                func(k *knowledge) func(string) error { return k.expressions() },
		"linux.bash.Bash |":          func(k *knowledge) func(string) error { return k.plugin },
		"a, a | Twice.":              func(k *knowledge) func(string) error { return k.plugin },
	} {
		k := &knowledge{titles: map[string][]*term{}, pairs: map[string]*pairRule{}, keys: map[string][]string{}, written: map[string]*written{}, plugins: map[string]string{}}
		if err := read(k)(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}
