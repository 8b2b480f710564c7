package protofile

import (
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

type importNode = ast.ImportNode

// headEnd is the end of the package's statement, else of the language's, else -1.
func (f *File) headEnd() int {
	end := -1
	if f.node.Syntax != nil {
		end = f.span(f.node.Syntax).to
	}
	if f.node.Edition != nil {
		end = f.span(f.node.Edition).to
	}
	for _, d := range f.node.Decls {
		if p, ok := d.(*ast.PackageNode); ok {
			end = f.span(p).to
		}
	}
	return end
}

// Find returns the message that is of a wanted one's plugin, or nil: by the plugin's
// name, by a name that either says is another of it, by the name that both have, or
// by the convention for messages that name no plugin. Of several the first that the
// table model describes is it.
func (f *File) Find(w *schemaimport.Message) *Message {
	rules := []func(*Message) bool{
		func(m *Message) bool { return m.names(w, samePlugin) && !m.allExpressions() },
		func(m *Message) bool { return m.names(w, relatedPlugin) && !m.allExpressions() },
		func(m *Message) bool { return m.Name == w.Name && !m.ofAnother(w) },
		func(m *Message) bool { return m.names(w, samePlugin) },
		func(m *Message) bool { return m.byName(w) },
	}
	for _, fits := range rules {
		for _, m := range f.Messages {
			if m.IsCommand() && fits(m) {
				return m
			}
		}
	}
	return nil
}

// findTable is Find for files that a wanted message could be in besides its own: by its
// plugins alone, and not where only expressions are.
func (f *File) findTable(w *schemaimport.Message) *Message {
	for _, m := range f.Messages {
		if m.IsCommand() && !m.allExpressions() && (m.names(w, samePlugin) || m.names(w, relatedPlugin)) {
			return m
		}
	}
	return nil
}

// leftOut is the message by which people left a wanted one out: an ignored one of its
// name or its plugin.
func (f *File) leftOut(w *schemaimport.Message) *Message {
	for _, m := range f.Messages {
		if m.Command.GetIgnore() && (m.names(w, samePlugin) || m.Name == w.Name && !m.ofAnother(w)) {
			return m
		}
	}
	return nil
}

// names says whether the message's source fits the wanted one's in a version.
func (m *Message) names(w *schemaimport.Message, fit func(there, wanted *volrenderv1.Source) bool) bool {
	for _, v := range versions {
		there, wanted := m.Source(v), sourceOf(w.Command, v)
		if there.GetPlugin() != "" && wanted.GetPlugin() != "" && fit(there, wanted) {
			return true
		}
	}
	return false
}

func samePlugin(a, b *volrenderv1.Source) bool { return a.GetPlugin() == b.GetPlugin() }

// relatedPlugin says whether one of them names the other as an alias. What both have
// as an alias may be a third.
func relatedPlugin(a, b *volrenderv1.Source) bool {
	return slices.Contains(a.GetAliases(), b.GetPlugin()) || slices.Contains(b.GetAliases(), a.GetPlugin())
}

// allExpressions says that no version shows the plugin's own table.
func (m *Message) allExpressions() bool { return allExpressions(m.Command) }

func allExpressions(c *volrenderv1.Command) bool {
	some := false
	for _, v := range versions {
		s := sourceOf(c, v)
		if s != nil && !s.GetNone() && s.GetRows() == "" {
			return false
		}
		some = some || s.GetRows() != ""
	}
	return some
}

// ofAnother says that the message names plugins, and none of the wanted one's.
func (m *Message) ofAnother(w *schemaimport.Message) bool {
	named := false
	for _, v := range versions {
		there, wanted := m.Source(v), sourceOf(w.Command, v)
		if there.GetPlugin() == "" || wanted.GetPlugin() == "" {
			continue
		}
		named = true
		if samePlugin(there, wanted) || relatedPlugin(there, wanted) {
			return false
		}
	}
	return named
}

// byName says whether the message, which names no plugin, goes by its name to one of
// the wanted one's.
func (m *Message) byName(w *schemaimport.Message) bool {
	for _, v := range versions {
		there, wanted := m.Source(v), sourceOf(w.Command, v)
		if there.GetPlugin() == "" && !there.GetNone() && wanted.GetPlugin() != "" && m.GoesBy(wanted.GetPlugin()) {
			return true
		}
	}
	return false
}

// GoesBy says whether the message's name is a plugin's, by the convention: whole, or
// less its class.
func (m *Message) GoesBy(plugin string) bool {
	name := option.Fold(m.Name)
	module := plugin[:max(0, strings.LastIndexByte(plugin, '.'))]
	return name == option.Fold(plugin) || module != "" && name == option.Fold(module)
}

// Column returns which of a table's columns a field takes in a version of Volatility,
// or -1: the one that its option names, else the one that has its name.
func (m *Message) Column(f *Field, v session.Version, titles []string) int {
	cell := f.Cell(v)
	title := cell.GetColumn()
	switch {
	case cell.GetNone(), cell.GetExpression() != "", f.Option.GetTreeDepth(), m.Companion(f):
		return -1
	case title == "":
		title = f.Name
	default:
		if i := slices.Index(titles, title); i >= 0 {
			return i
		}
	}
	folded := option.Fold(title)
	return slices.IndexFunc(titles, func(t string) bool { return option.Fold(t) == folded })
}
