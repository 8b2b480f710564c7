// Package drift compares messages with an installed Volatility: what it shows that
// they don't know, and what they know that it does not show.
package drift

import (
	"fmt"
	"slices"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/runtime/session"
)

// Kind is what a finding is of.
type Kind string

// The kinds.
const (
	PluginNew  Kind = "plugin new"
	PluginGone Kind = "plugin gone"
	NameNew    Kind = "name new" // another name of a plugin
	ColumnNew  Kind = "column new"
	ColumnGone Kind = "column gone"
	Type       Kind = "other type"
	OptionNew  Kind = "option new"
	OptionGone Kind = "option gone"
	OptionType Kind = "option changed"
)

// Finding is a difference.
type Finding struct {
	Kind Kind `json:"kind"`
	// File and Line are where the field or the message is; "" and 0 for what no file
	// has.
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message,omitempty"`
	Field   string `json:"field,omitempty"`
	// Plugin and Release say whose it is: "linux.pslist.PsList", "Volatility 3 (2.28.2)".
	Plugin  string `json:"plugin"`
	Release string `json:"release"`
	// What says what differs, Hint what to do about it.
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
	// Fails is set where the schema is not what it should be. Other findings are for
	// who wants to know.
	Fails bool `json:"fails"`
}

// Place is where a finding is, for people.
func (f *Finding) Place() string {
	if f.File == "" {
		return "-"
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Name is the field's name behind the message's; the message's; or the plugin's.
func (f *Finding) Name() string {
	switch {
	case f.Field != "":
		return f.Message + "." + f.Field
	case f.Message != "":
		return f.Message
	}
	return f.Plugin
}

// Options say what counts.
type Options struct {
	// Older says that the Volatility is older than the schemas: what it does not have
	// yet is no fault of theirs, nor what it has of another type.
	Older bool
	// Whole says that the schemas are to have all plugins.
	Whole bool
}

const importHint = "volint schema import adds it"

// Compare compares messages with one Volatility.
func Compare(files []*protofile.File, installed schemaimport.Installed, o Options) ([]Finding, error) {
	c := &comparer{options: o, version: installed.Version, tables: map[string]*session.PluginTable{}, known: map[string]bool{}}
	c.release = fmt.Sprintf("Volatility %d (%s)", installed.Version, installed.Release)
	for i := range installed.Tables {
		c.tables[installed.Tables[i].Plugin] = &installed.Tables[i]
	}
	var err error
	if c.made, err = makeNow(installed); err != nil {
		return nil, err
	}
	for _, f := range files {
		for _, m := range f.Messages {
			c.file, c.message = f.Name, m
			switch {
			case m.IsCommand():
				c.compare()
			case m.Command.GetIgnore():
				c.tableOf(m.Source(c.version)) // people left it out
			}
		}
	}
	if o.Whole {
		c.unknown(installed.Tables)
	}
	return c.found, nil
}

type comparer struct {
	options Options
	version session.Version
	release string
	tables  map[string]*session.PluginTable
	made    *made
	known   map[string]bool // plugins that messages are of, by all names
	found   []Finding

	file    string
	message *protofile.Message
	table   *session.PluginTable
}

// add notes a finding of the message, or of one of its fields.
func (c *comparer) add(kind Kind, field *protofile.Field, fails bool, hint, format string, args ...any) {
	f := Finding{Kind: kind, File: c.file, Line: c.message.Line, Message: c.message.Name, Release: c.release,
		What: fmt.Sprintf(format, args...), Hint: hint, Fails: fails}
	if c.table != nil {
		f.Plugin = c.table.Plugin
	} else {
		f.Plugin = c.message.Source(c.version).GetPlugin()
	}
	if field != nil {
		f.Field, f.Line = field.Name, field.Line
	}
	c.found = append(c.found, f)
}

// compare compares one message.
func (c *comparer) compare() {
	source := c.message.Source(c.version)
	if source.GetNone() {
		return
	}
	c.table = c.tableOf(source)
	if source.GetRows() != "" {
		return
	}
	switch {
	case c.table == nil && source.GetPlugin() == "":
		return // found by its name, perhaps in the other version alone
	case c.table == nil:
		c.add(PluginGone, nil, !c.options.Older && !c.message.Deprecated, "name the plugin that took its place, or say none", "there is no plugin %s", source.GetPlugin())
		return
	case len(c.table.Columns) == 0:
		c.add(PluginGone, nil, !c.options.Older && !c.message.Deprecated, "write expressions, or say none", "%s has no table: %s", c.table.Plugin, c.table.Reason)
		return
	}
	c.columns()
	c.pluginOptions(source)
}

// tableOf is the table of a message's plugin, or nil, and notes what names it has.
func (c *comparer) tableOf(source *volrenderv1.Source) *session.PluginTable {
	var first *session.PluginTable
	if source.GetPlugin() == "" {
		for name, table := range c.tables {
			if c.message.GoesBy(name) {
				c.known[name] = true
				first = table
			}
		}
		return first
	}
	for _, name := range append([]string{source.GetPlugin()}, source.GetAliases()...) {
		c.known[name] = true
		if first == nil {
			first = c.tables[name]
		}
	}
	return first
}

// columns compares the fields with the columns.
func (c *comparer) columns() {
	titles := make([]string, len(c.table.Columns))
	for i, column := range c.table.Columns {
		titles[i] = column.Title
	}
	taken := map[int]bool{}
	for _, f := range c.message.Fields {
		i := c.message.Column(f, c.version, titles)
		if i >= 0 {
			taken[i] = true
			c.fieldType(f, &c.table.Columns[i])
			continue
		}
		if c.needs(f) {
			c.add(ColumnGone, f, !c.options.Older, "volint schema import takes it out, or says none", "%s has no column %q", c.table.Plugin, titleOf(f, c.version))
		}
	}
	for i, title := range titles {
		if !taken[i] && slices.Index(titles, title) == i && !c.leftOut(title) {
			c.add(ColumnNew, nil, true, importHint, "%s has a column %q", c.table.Plugin, title)
		}
	}
}

// needs says whether a field without a column lacks one.
func (c *comparer) needs(f *protofile.Field) bool {
	cell := f.Cell(c.version)
	return !cell.GetNone() && cell.GetExpression() == "" && !f.Option.GetTreeDepth() && !f.Deprecated && !c.message.Companion(f)
}

// titleOf is the title that a field asks for.
func titleOf(f *protofile.Field, v session.Version) string {
	if title := f.Cell(v).GetColumn(); title != "" {
		return title
	}
	return f.Name
}

// leftOut says that people left a column out: its field says none, or its name is
// reserved. One without a letter or digit can't be asked for.
func (c *comparer) leftOut(title string) bool {
	folded := option.Fold(title)
	if folded == "" || c.message.Reserves(folded) {
		return true
	}
	return slices.ContainsFunc(c.message.Fields, func(f *protofile.Field) bool {
		return option.Fold(f.Name) == folded && f.Cell(c.version).GetNone()
	})
}

// unknown notes plugins that no message is of.
func (c *comparer) unknown(tables []session.PluginTable) {
	for _, t := range tables {
		if c.known[t.Plugin] || len(t.Columns) == 0 {
			continue
		}
		f := Finding{Kind: PluginNew, Plugin: t.Plugin, Release: c.release, Fails: true, Hint: importHint,
			What: fmt.Sprintf("no message is of it; it has %d columns", len(t.Columns))}
		if t.Successor != "" && c.known[t.Successor] {
			f.Kind, f.What = NameNew, "it is another name of "+t.Successor
		}
		c.found = append(c.found, f)
	}
}
