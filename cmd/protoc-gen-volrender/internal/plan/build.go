package plan

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/volint/volint/internal/option"
)

// Options are the settings of a run.
type Options struct {
	// GoSuffix is what the generated Go package's name adds to the name of the
	// one that go_package gives; "" means "row".
	GoSuffix string
	// CheckExpressions, when not nil, is asked about all Python of the request at
	// once.
	CheckExpressions ExpressionChecker
	// NoDropIns says that nothing is made for Volatility to load.
	NoDropIns bool
	// WellKnown lets google/protobuf's own files and values.proto be generated, which
	// volint ships for all others to import.
	WellKnown bool
	// CCommands is the path, without extension, of a list of all tables of commands in
	// C; "" makes none.
	CCommands string
}

// Build makes the plan of a request. The error, if any, is an [Errors] that
// holds every mistake found.
func Build(gen *protogen.Plugin, opts Options) (*Plan, error) {
	if opts.GoSuffix == "" {
		opts.GoSuffix = "row"
	}
	b := &builder{
		gen:      gen,
		opts:     opts,
		enums:    map[protoreflect.FullName]*Enum{},
		messages: map[protoreflect.FullName]*Message{},
		named:    map[*Message]bool{},
		used:     map[protoreflect.FullName]bool{},
	}
	for _, f := range gen.Files {
		option.NoteUses(f.Desc, b.used)
	}
	for _, f := range gen.Files {
		if f.Generate && b.generated(f.Desc) {
			b.declare(f, true)
		}
	}
	// Planning a file may declare others, whose messages its fields have.
	for i := 0; i < len(b.files); i++ {
		b.file(b.files[i])
	}
	b.checkCommands()
	b.checkSnippets()
	b.name()
	p := b.plan()
	if len(b.errs) > 0 {
		return nil, b.sortedErrors()
	}
	return p, nil
}

// builder holds what the stages of Build share.
type builder struct {
	gen  *protogen.Plugin
	opts Options
	errs Errors

	files []*file
	// used has the messages that some other message has as a field's type.
	used     map[protoreflect.FullName]bool
	enums    map[protoreflect.FullName]*Enum
	messages map[protoreflect.FullName]*Message
	// named are the commands that an option makes commands, not the convention.
	named    map[*Message]bool
	snippets []Snippet
	// cList is nil where none was asked for.
	cList *CList
}

// file is a file of the plan beside what it was made from.
type file struct {
	*File
	gen *protogen.File
	// generate is false for a file that is there for others to refer to.
	generate bool
	// descs are the descriptors of File.Messages.
	descs []*protogen.Message
}

// generated reports whether a file that the request names is one to generate.
func (b *builder) generated(f protoreflect.FileDescriptor) bool {
	if b.opts.WellKnown {
		return f.Package() == "google.protobuf" || f.Path() == valuesFile
	}
	return !ownPackage(f.Package())
}

// declare takes a file into the plan, so that fields can have its messages, also
// before those have fields themselves.
func (b *builder) declare(f *protogen.File, generate bool) {
	out := &file{gen: f, generate: generate, File: &File{Path: f.Desc.Path(), Package: string(f.Desc.Package())}}
	walkMessages(f.Messages, func(m *protogen.Message) {
		planned := &Message{
			Name:       string(m.Desc.Name()),
			FullName:   string(m.Desc.FullName()),
			File:       out.File,
			Doc:        doc(m.Desc, m.Comments),
			Deprecated: m.Desc.Options().(*descriptorpb.MessageOptions).GetDeprecated(),
			Pos:        declared(m.Desc),
		}
		b.messages[m.Desc.FullName()] = planned
		out.Messages = append(out.Messages, planned)
		out.descs = append(out.descs, m)
	})
	b.files = append(b.files, out)
}

// file plans what is in a file.
func (b *builder) file(f *file) {
	commands := map[*protogen.Message]bool{}
	if f.generate {
		for _, m := range b.commands(f.gen) {
			commands[m] = true
		}
	}
	for i, m := range f.descs {
		if commands[m] {
			b.command(m, f.Messages[i])
		} else {
			b.part(m, f.Messages[i])
		}
	}
	walkEnums(f.gen.Enums, f.gen.Messages, func(e *protogen.Enum) {
		f.Enums = append(f.Enums, b.enum(e))
	})
}

// messageType is the plan of a message that a field has, from whatever file.
func (b *builder) messageType(m *protogen.Message) *Message {
	if b.messages[m.Desc.FullName()] == nil {
		b.declare(b.gen.FilesByPath[m.Desc.ParentFile().Path()], false)
	}
	return b.messages[m.Desc.FullName()]
}

// walkMessages visits messages and those nested in them, but for map entries,
// in the order of the file.
func walkMessages(messages []*protogen.Message, visit func(*protogen.Message)) {
	for _, m := range messages {
		if !m.Desc.IsMapEntry() {
			visit(m)
			walkMessages(m.Messages, visit)
		}
	}
}

// plan is what the builder has made.
func (b *builder) plan() *Plan {
	p := &Plan{CCommands: b.cList}
	for _, f := range b.files {
		if !f.generate || len(f.Messages) == 0 && len(f.Enums) == 0 {
			continue
		}
		var err error
		if f.Descriptors, err = descriptors(b.gen, f.gen); err != nil {
			b.errorf(Pos{File: f.Path}, "", "the file's descriptor can't be encoded: %v", err)
		}
		p.Files = append(p.Files, f.File)
	}
	return p
}

// errorf adds a mistake; the hint says what to write instead.
func (b *builder) errorf(pos Pos, hint, format string, args ...any) {
	b.errs = append(b.errs, &Error{Pos: pos, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// sortedErrors has the mistakes in the order in which a reader of the files
// meets them.
func (b *builder) sortedErrors() Errors {
	order := map[string]int{}
	for i, f := range b.gen.Files {
		order[f.Desc.Path()] = i
	}
	slices.SortStableFunc(b.errs, func(x, y *Error) int {
		if d := order[x.Pos.File] - order[y.Pos.File]; d != 0 {
			return d
		}
		if d := x.Pos.Line - y.Pos.Line; d != 0 {
			return d
		}
		return x.Pos.Column - y.Pos.Column
	})
	return b.errs
}

// valuesFile has the messages of volint's own that fields may have.
const valuesFile = "volint/volrender/v1/values.proto"

// ownPackage reports packages whose files come with protobuf and volint.
func ownPackage(pkg protoreflect.FullName) bool {
	return pkg == ownPackageName || pkg == "google.protobuf" || strings.HasPrefix(string(pkg), "google.protobuf.")
}

// doc is a comment without its markers. Those of protobuf's own files are left to
// protobuf: compilers differ in having them, and volint ships the code.
func doc(d protoreflect.Descriptor, c protogen.CommentSet) string {
	if d.ParentFile().Package() == "google.protobuf" {
		return ""
	}
	text := string(c.Leading)
	if text == "" {
		text = string(c.Trailing)
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(strings.TrimPrefix(line, " "), " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
