package protofile

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// settings are the places in a text that set one of volrender's options: in one
// statement with a literal, or in several with paths.
type settings struct {
	literals map[string]*ast.MessageLiteralNode // by path: "", "volatility3"
	places   []place
}

// place sets one thing.
type place struct {
	path string // "volatility3.column"
	// node is what sets it: a literal's element, or the whole option.
	node ast.Node
	// separator is what stands behind an element, a comma or a semicolon, or nil.
	separator *ast.RuneNode
	value     ast.ValueNode
	inLiteral bool
}

// at returns the places that set a path.
func (s *settings) at(path string) []place {
	var found []place
	for _, p := range s.places {
		if p.path == path {
			found = append(found, p)
		}
	}
	return found
}

// below says whether something below a path is set, or the path.
func (s *settings) below(path string) bool {
	for _, p := range s.places {
		if p.path == path || strings.HasPrefix(p.path, path+".") {
			return true
		}
	}
	return s.literals[path] != nil
}

const optionPackage = "volint.volrender.v1."

// settings reads one of volrender's options into a message, and notes its places.
func (f *File) settings(options []*ast.OptionNode, name string, into proto.Message, s *settings) (bool, error) {
	s.literals = map[string]*ast.MessageLiteralNode{}
	found := false
	for _, o := range options {
		if o.Val == nil || len(o.Name.Parts) == 0 || !isOption(o.Name.Parts[0], name) {
			continue
		}
		found = true
		words := make([]string, 0, len(o.Name.Parts))
		for _, p := range o.Name.Parts[1:] {
			words = append(words, p.Value())
		}
		path := strings.Join(words, ".")
		s.note(path, place{path: path, node: o, value: o.Val})
		if err := f.readInto(o, words, into); err != nil {
			return false, err
		}
	}
	return found, nil
}

// isOption says whether an option's name is that of volrender's, whole or from some
// package above it on.
func isOption(part *ast.FieldReferenceNode, name string) bool {
	if !part.IsExtension() {
		return false
	}
	full := optionPackage + name
	given := strings.TrimPrefix(string(part.Name.AsIdentifier()), ".")
	return given == full || strings.Contains(given, ".") && strings.HasSuffix(full, "."+given)
}

// note adds a place, and the literals and places within it.
func (s *settings) note(path string, p place) {
	literal, ok := p.value.(*ast.MessageLiteralNode)
	if path != "" {
		s.places = append(s.places, p)
	}
	if !ok {
		return
	}
	// Of several (a repeated message) none can be added to.
	s.literals[path] = literal
	if len(s.at(path)) > 1 {
		s.literals[path] = nil
	}
	for i, e := range literal.Elements {
		below := e.Name.Value()
		if path != "" {
			below = path + "." + below
		}
		inner := place{path: below, node: e, value: e.Val, inLiteral: true}
		if i < len(literal.Seps) {
			inner.separator = literal.Seps[i]
		}
		s.note(below, inner)
	}
}

// readInto reads an option's value, which is text format but for its comments.
func (f *File) readInto(o *ast.OptionNode, path []string, into proto.Message) error {
	text := f.tokens(o.Val)
	if literal, ok := o.Val.(*ast.MessageLiteralNode); ok && len(path) == 0 {
		text = ""
		for _, e := range literal.Elements {
			text += f.tokens(e)
		}
	}
	for i := len(path) - 1; i >= 0; i-- {
		text = path[i] + ": " + text
		if i > 0 {
			text = "{" + text + "}"
		}
	}
	one := into.ProtoReflect().New().Interface()
	if err := (prototext.UnmarshalOptions{DiscardUnknown: true, AllowPartial: true}).Unmarshal([]byte(text), one); err != nil {
		return f.wrong(o, "see volint/volrender/v1/options.proto for what it takes", "the option %s can't be read: %s", f.raw(o.Name), reason(err))
	}
	proto.Merge(into, one)
	return nil
}

// reason is what text format's error says, without a place in text that nobody wrote.
func reason(err error) string {
	words := err.Error()
	if at := strings.LastIndex(words, "): "); at >= 0 {
		words = words[at+3:]
	}
	return words
}

// tokens is a node's text without comments.
func (f *File) tokens(n ast.Node) string {
	var b strings.Builder
	for t, more := n.Start(), true; more && t <= n.End(); t, more = f.node.Tokens().Next(t) {
		word := f.node.TokenInfo(t).RawText()
		b.WriteString(word)
		if word != "-" {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
