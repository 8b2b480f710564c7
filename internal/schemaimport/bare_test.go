package schemaimport

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/volint/volint"
	"github.com/volint/volint/runtime/session"
)

// What the data says of a plugin comes first, then what it says of itself; in a bare
// message no words of a plugin are left.
func TestWords(t *testing.T) {
	known, own := table("linux.bash.Bash", "PID:int"), table("mine.Mine", "PID:int")
	for _, p := range []*session.PluginTable{&known, &own} {
		p.Options = []session.Option{{Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "Help for " + p.Plugin}}
	}
	installed := []Installed{release(3, "2.28.2", known, own)}
	for _, bare := range []bool{false, true} {
		files, _, err := Options{Bare: bare}.Model(installed)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			m := f.Messages[0]
			plugin := m.Command.GetVolatility3().GetPlugin()
			first, _, _ := strings.Cut(m.Doc, "\n")
			want := "Lists mine.Mine."
			if plugin == known.Plugin {
				want = "The history of running bash shells: a row for each command line that one of"
			} else if bare {
				want = "The table of Volatility 3's mine.Mine."
			}
			if first != want {
				t.Errorf("bare %t: %s begins with %q, want %q", bare, plugin, first, want)
			}
			option := m.Command.GetVolatility3().GetOptions()[0]
			if option.GetName() != "pid" || !option.GetList() || (option.Doc == nil) != bare {
				t.Errorf("bare %t: the option of %s is %v", bare, plugin, option)
			}
		}
	}
	if got := installed[0].Tables[0].Options[0].Doc; got == "" {
		t.Error("what was given is changed")
	}
}

// The shipped messages have the data's words, each, and none of the plugins' own.
func TestShippedWords(t *testing.T) {
	k, err := known()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, dir := range []string{"volatility2", "volatility3"} {
		names, err := fs.Glob(volint.Schema, "schema/volint/"+dir+"/v1/*.proto")
		if err != nil || len(names) == 0 {
			t.Fatalf("%d files of %s, %v", len(names), dir, err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(volint.Schema, name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
			if said := regexp.MustCompile(`\bdoc: ".*`).Find(text); said != nil {
				t.Errorf("%s has what a plugin says of an option: %s", name, said)
			}
		}
	}
	for plugin, doc := range k.plugins {
		comment := "// " + strings.ReplaceAll(wrap(doc, widthOutside), "\n", "\n// ") + "\n//\n"
		if !strings.Contains(all.String(), comment) {
			t.Errorf("no message says of %s: %s", plugin, doc)
		}
	}
	for _, head := range regexp.MustCompile(`(?m)^}\n\n// The (table|rows) of Volatility.*`).FindAllString(all.String(), -1) {
		t.Errorf("plugins.txt does not describe: %s", head)
	}
}
