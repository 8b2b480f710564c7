package protofile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// Scope is what an import asked for.
type Scope struct {
	// Versions are those that were asked. What the others fill is left alone.
	Versions []session.Version
	// All says that they were asked for all plugins: one without a message in what is
	// wanted is gone.
	All bool
	// known are the plugins that there are, where more files than one are merged.
	known map[session.Version]map[string]bool
}

var versions = []session.Version{session.Volatility3, session.Volatility2}

// Merge returns the file's text with what is wanted in it, and what was changed. It
// does not write. Merging the same once more changes nothing.
//
// Messages are matched by their plugins, else by their names; fields by the columns
// that they take. What is there keeps its name, number, type, comment and options; new
// fields get the next free numbers; fields whose column none of the asked Volatilities
// has go, if no other fills them, and their numbers and names stay reserved.
// Expressions are left alone.
//
// The error is a *Mistake, of a message whose name another plugin's has.
func (f *File) Merge(want *schemaimport.File, scope Scope) ([]byte, []Change, error) {
	if strings.TrimSpace(f.text) == "" {
		var err error
		if f, err = Parse(f.Name, []byte(head(want))); err != nil {
			return nil, nil, err
		}
	}
	m := &merger{file: f, want: want, scope: scope, edit: &editor{text: f.text}, imports: map[string]bool{}}
	if err := m.messages(); err != nil {
		return nil, nil, err
	}
	m.putImports()
	text, err := m.edit.apply()
	if err != nil {
		return nil, nil, &Mistake{File: f.Name, Line: 1, Col: 1, What: err.Error(), Hint: "please report this, with the file"}
	}
	after, err := Parse(f.Name, []byte(text))
	if err != nil {
		return nil, nil, fmt.Errorf("the import would break the file: %w", err)
	}
	locate(m.changes, after)
	return []byte(f.bom + text), m.changes, nil
}

type merger struct {
	file    *File
	want    *schemaimport.File
	scope   Scope
	edit    *editor
	imports map[string]bool // that new text needs
	changes []Change
	added   []lines // messages
}

func (m *merger) asked(v session.Version) bool { return slices.Contains(m.scope.Versions, v) }

func (m *merger) note(kind Kind, message, field, format string, args ...any) {
	m.changes = append(m.changes, Change{Kind: kind, Message: message, Field: field, Text: fmt.Sprintf(format, args...)})
}

func (m *merger) messages() error {
	there := map[*Message]bool{}
	for _, w := range m.want.Messages {
		if out := m.file.leftOut(w); out != nil {
			m.note(KindNameKept, out.Name, "", "it is ignored, and %s with it", pluginsOf(w))
			continue
		}
		found := m.file.Find(w)
		if found == nil || there[found] {
			if err := m.addMessage(w); err != nil {
				return err
			}
			continue
		}
		there[found] = true
		p := newPair(m, found, w)
		p.merge()
	}
	m.putMessages()
	if m.scope.All {
		if m.scope.known == nil {
			m.scope.known = plugins([]*schemaimport.File{m.want})
		}
		m.tellGone(there)
	}
	return nil
}

// addMessage writes a message that is not there.
func (m *merger) addMessage(w *schemaimport.Message) error {
	if other := m.file.messageNamed(w.Name); other != nil {
		return m.file.wrong(other.node.Name, "give that message another name, or import into another file",
			"the message %s is not of the plugin %s, which needs its name", w.Name, pluginsOf(w))
	}
	if m.file.names[w.Name] {
		return &Mistake{File: m.file.Name, Line: 1, Col: 1, What: fmt.Sprintf("the name %s, which the message of %s needs, is taken", w.Name, pluginsOf(w)),
			Hint: "rename what has it, or import into another file"}
	}
	m.added = append(m.added, m.printMessage(w))
	fields := "1 field"
	if len(w.Fields) != 1 {
		fields = fmt.Sprintf("%d fields", len(w.Fields))
	}
	m.note(KindMessageAdded, w.Name, "", "of %s, with %s", pluginsOf(w), fields)
	return nil
}

// pluginsOf names a wanted message's plugins.
func pluginsOf(w *schemaimport.Message) string {
	var names []string
	for _, v := range versions {
		if plugin := sourceOf(w.Command, v).GetPlugin(); plugin != "" {
			names = append(names, plugin)
		}
	}
	return strings.Join(names, " and ")
}

// putMessages writes the new messages behind all others.
func (m *merger) putMessages() {
	if len(m.added) == 0 {
		return
	}
	at := len(m.edit.text)
	if at > 0 && m.edit.text[at-1] != '\n' {
		m.edit.insert(at, "\n")
	}
	for _, l := range m.added {
		gap := "\n"
		if at == 0 {
			gap = ""
		}
		m.edit.insert(at, gap+l.indented("")+"\n")
	}
}

// tellGone tells of plugins that the Volatilities asked no longer have. Their messages
// stay: frames of theirs may be kept somewhere.
func (m *merger) tellGone(there map[*Message]bool) {
	for _, message := range m.file.Messages {
		if there[message] || !message.IsCommand() || message.Deprecated {
			continue
		}
		for _, v := range m.scope.Versions {
			source := message.Source(v)
			if source.GetPlugin() != "" && source.GetRows() == "" && !m.scope.known[v][source.GetPlugin()] {
				m.note(KindPluginGone, message.Name, "", "Volatility %d has no plugin %s; the message stays", v, source.GetPlugin())
			}
		}
	}
}

// importsOf are the files that have the types which messages are made of.
var importsOf = map[string]string{
	"google.protobuf.Timestamp":       "google/protobuf/timestamp.proto",
	"google.protobuf.Duration":        "google/protobuf/duration.proto",
	"volint.volrender.v1.Absence":     "volint/volrender/v1/absence.proto",
	"volint.volrender.v1.Disassembly": "volint/volrender/v1/values.proto",
}

const optionsFile = "volint/volrender/v1/options.proto"

// putImports writes the imports that new text needs and the file does not have, in
// the order of the names.
func (m *merger) putImports() {
	f := m.file
	for _, n := range f.imports {
		delete(m.imports, n.Name.AsString())
	}
	missing := make([]string, 0, len(m.imports))
	for name := range m.imports {
		missing = append(missing, name)
	}
	slices.Sort(missing)
	if len(missing) == 0 {
		return
	}
	if len(f.imports) == 0 {
		m.firstImports(missing)
		return
	}
	for _, name := range missing {
		line := "import " + quote(name) + ";"
		before := slices.IndexFunc(f.imports, func(n *importNode) bool { return n.Name.AsString() > name })
		if before == 0 {
			m.edit.insert(m.file.commentAbove(f.span(f.imports[0]).from, 0), line+"\n")
			continue
		}
		if before < 0 {
			before = len(f.imports)
		}
		m.edit.insert(m.edit.afterLine(f.span(f.imports[before-1]).to), "\n"+line)
	}
}

// firstImports writes imports into a file that has none: behind the package, else
// behind the language, else on top.
func (m *merger) firstImports(names []string) {
	block := ""
	for _, name := range names {
		block += "import " + quote(name) + ";\n"
	}
	after := m.file.headEnd()
	if after < 0 {
		m.edit.insert(0, block+"\n")
		return
	}
	at := m.edit.afterLine(after)
	block = "\n\n" + strings.TrimSuffix(block, "\n")
	if !m.edit.endsLine(at) || !m.file.followedByBlank(at) {
		block += "\n"
	}
	m.edit.insert(at, block)
}
