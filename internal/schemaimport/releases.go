package schemaimport

import (
	"sort"
	"strconv"
	"strings"

	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/runtime/session"
)

// plugin is a plugin in all releases of a version that were given.
type plugin struct {
	version session.Version
	name    string
	doc     string
	// aliases are its other names, sorted.
	aliases []string
	tree    bool
	columns []*column
	options []session.Option
	// rows and row are set where columns are expressions on the rows that another yields.
	rows, row string
	// until is the last release that has it, "" where that is the newest given.
	until string
	// twice are titles that a column before has too, and unnamed counts those without
	// a letter or digit: they can't be asked for.
	twice   []string
	unnamed int
}

// column is a column in all releases that were given.
type column struct {
	session.Column
	// expression is what gives the value of a plugin that has rows.
	expression string
	// until is the last release that has it, "" where that is the plugin's last.
	until string
}

// gather puts together what the releases of a version say of each plugin. What has no
// columns in any, and no expressions in the data, is untyped, for the reason that the
// newest gives.
func gather(data *knowledge, installed []Installed, version session.Version) ([]*plugin, []Untyped) {
	releases := newestFirst(installed, version)
	own := successors(releases)
	byName, reasons := map[string]*plugin{}, map[string]string{}
	var names []string
	for i, release := range releases {
		for _, table := range ownFirst(release.Tables) {
			name := own(table.Plugin)
			p := byName[name]
			if p == nil {
				p = &plugin{version: version, name: name}
				if i > 0 {
					p.until = release.Release
				}
				byName[name], reasons[name] = p, table.Reason
				names = append(names, name)
			}
			p.add(table, release.Release)
		}
	}
	sort.Strings(names)
	var plugins []*plugin
	var untyped []Untyped
	for _, name := range names {
		p := byName[name]
		if version == session.Volatility2 && len(p.columns) == 0 {
			data.written[name].into(p)
		}
		if len(p.columns) > 0 {
			sort.Strings(p.aliases)
			plugins = append(plugins, p)
			continue
		}
		reason := reasons[name]
		if reason == "" {
			reason = "has no columns"
		}
		untyped = append(untyped, Untyped{Version: version, Plugin: name, Reason: reason})
	}
	return plugins, untyped
}

// successors tells the name that a plugin has today: a release keeps a plugin under the
// name that a newer one gives up.
func successors(releases []Installed) func(string) string {
	next := map[string]string{}
	for _, release := range releases {
		for _, table := range release.Tables {
			if _, told := next[table.Plugin]; !told {
				next[table.Plugin] = table.Successor
			}
		}
	}
	return func(name string) string {
		for range next {
			successor := next[name]
			if _, there := next[successor]; successor == "" || !there {
				break
			}
			name = successor
		}
		return name
	}
}

// ownFirst are tables with those of deprecated names last, since they tell nothing that
// the successor's does not.
func ownFirst(tables []session.PluginTable) []session.PluginTable {
	sorted := append([]session.PluginTable(nil), tables...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Successor == "" && sorted[j].Successor != "" })
	return sorted
}

// add takes what a release, no newer than those before, says of a plugin.
func (p *plugin) add(table session.PluginTable, release string) {
	if table.Plugin != p.name && !contains(p.aliases, table.Plugin) {
		p.aliases = append(p.aliases, table.Plugin)
	}
	if table.Successor != "" && len(p.columns) > 0 {
		return
	}
	p.tree = p.tree || table.Tree
	if p.doc == "" {
		p.doc = table.Doc
	}
	if p.options == nil {
		p.options = table.Options
	}
	first, taken := len(p.columns) == 0, map[string]bool{}
	for _, c := range table.Columns {
		folded := option.Fold(c.Title)
		switch there := p.column(folded); {
		case folded == "":
			p.unnamed++
		case taken[folded]:
			if !contains(p.twice, c.Title) {
				p.twice = append(p.twice, c.Title)
			}
		case there == nil && first:
			p.columns = append(p.columns, &column{Column: c})
		case there == nil:
			p.columns = append(p.columns, &column{Column: c, until: release})
		}
		taken[folded] = true
	}
}

// column is the column that has a folded title.
func (p *plugin) column(folded string) *column {
	for _, c := range p.columns {
		if option.Fold(c.Title) == folded {
			return c
		}
	}
	return nil
}

// newestFirst are those of a version, the newest release first.
func newestFirst(installed []Installed, version session.Version) []Installed {
	var releases []Installed
	for _, i := range installed {
		if i.Version == version {
			releases = append(releases, i)
		}
	}
	sort.SliceStable(releases, func(i, j int) bool { return newer(releases[i].Release, releases[j].Release) })
	return releases
}

// newer compares releases number by number: 2.28.2 is newer than 2.9.
func newer(a, b string) bool {
	left, right := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(left) && i < len(right); i++ {
		x, errX := strconv.Atoi(left[i])
		y, errY := strconv.Atoi(right[i])
		switch {
		case errX != nil || errY != nil:
			if left[i] != right[i] {
				return left[i] > right[i]
			}
		case x != y:
			return x > y
		}
	}
	return len(left) > len(right)
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}
