package protofile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/schemaimport"
)

// What is written anew has the format of `buf format`, so that a tree that keeps to
// it goes on doing so.

// Print writes a file anew.
func Print(want *schemaimport.File) ([]byte, error) {
	f, err := Parse(want.Path, nil)
	if err != nil {
		return nil, err
	}
	text, _, err := f.Merge(want, Scope{Versions: versions, All: true})
	return text, err
}

// head is a new file without messages.
func head(want *schemaimport.File) string {
	var b strings.Builder
	for _, s := range comment(want.Doc) {
		b.WriteString(s + "\n")
	}
	b.WriteString("syntax = \"proto3\";\n")
	if want.Package != "" {
		fmt.Fprintf(&b, "\npackage %s;\n", want.Package)
	}
	if want.GoPackage != "" {
		fmt.Fprintf(&b, "\noption go_package = %s;\n", quote(want.GoPackage))
	}
	return b.String()
}

// comment is a comment above something; none for "".
func comment(doc string) lines {
	var out lines
	for s := range strings.Lines(strings.TrimSpace(doc)) {
		out = append(out, strings.TrimRight("// "+plain(s), " "))
	}
	return out
}

// plain is a line of text as a comment may have it.
func plain(s string) string {
	s = strings.ToValidUTF8(strings.TrimRightFunc(s, unicode.IsSpace), "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\uFEFF' {
			return -1
		}
		return r
	}, s)
}

// quote is a string's literal.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, "\\%03o", s[0])
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}

// elements are what a literal of a message has between its braces: plain values
// first, then messages, each in the order of the numbers.
func elements(m protoreflect.Message) []lines {
	var out []lines
	for _, fd := range setFields(m) {
		out = append(out, values(fd, m)...)
	}
	return out
}

func setFields(m protoreflect.Message) []protoreflect.FieldDescriptor {
	var set []protoreflect.FieldDescriptor
	m.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		set = append(set, fd)
		return true
	})
	slices.SortFunc(set, func(a, b protoreflect.FieldDescriptor) int {
		if deep := depth(a) - depth(b); deep != 0 {
			return deep
		}
		return int(a.Number() - b.Number())
	})
	return set
}

// depth is 1 for messages, 0 for plain values.
func depth(fd protoreflect.FieldDescriptor) int {
	if fd.Message() != nil {
		return 1
	}
	return 0
}

// values are the elements that set one field, one for each of its values.
func values(fd protoreflect.FieldDescriptor, m protoreflect.Message) []lines {
	if !fd.IsList() {
		return []lines{element(fd, m.Get(fd))}
	}
	var out []lines
	list := m.Get(fd).List()
	for i := range list.Len() {
		out = append(out, element(fd, list.Get(i)))
	}
	return out
}

func element(fd protoreflect.FieldDescriptor, v protoreflect.Value) lines {
	if fd.Message() == nil {
		return lines{string(fd.Name()) + ": " + scalar(fd, v)}
	}
	return braced(string(fd.Name())+": ", v.Message())
}

// braced is a literal behind something.
func braced(before string, m protoreflect.Message) lines {
	inner := elements(m)
	set := setFields(m)
	if len(inner) == 0 || len(inner) == 1 && depth(set[0]) == 0 {
		joined := ""
		if len(inner) == 1 {
			joined = inner[0][0]
		}
		return lines{before + "{" + joined + "}"}
	}
	out := lines{before + "{"}
	for _, l := range inner {
		out = append(out, l.deeper()...)
	}
	return append(out, "}")
}

func scalar(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return quote(v.String())
	case protoreflect.EnumKind:
		if value := fd.Enum().Values().ByNumber(v.Enum()); value != nil {
			return string(value.Name())
		}
		return fmt.Sprint(v.Enum())
	}
	return fmt.Sprint(v.Interface())
}

// optionValue is an option as it stands in a field's brackets: by path where it sets
// one thing, else with a literal.
func optionValue(name string, m proto.Message) lines {
	if path, value, ok := leaf(m.ProtoReflect()); ok {
		return lines{name + path + " = " + value}
	}
	return braced(name+" = ", m.ProtoReflect())
}

// leaf is the path and the value of the only thing that a message sets.
func leaf(m protoreflect.Message) (path, value string, ok bool) {
	set := setFields(m)
	if len(set) != 1 || set[0].IsList() {
		return "", "", false
	}
	path = "." + string(set[0].Name())
	if depth(set[0]) == 0 {
		return path, scalar(set[0], m.Get(set[0])), true
	}
	below, value, ok := leaf(m.Get(set[0]).Message())
	return path + below, value, ok
}
