package plan

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Options are the settings of a run.
type Options struct {
	// GoSuffix is what the generated Go package's name adds to the name of the
	// one that go_package gives; "" means "row".
	GoSuffix string
	// CheckExpressions, when not nil, is asked about all Python of the request at
	// once.
	CheckExpressions ExpressionChecker
}

// Build makes the plan of a request. The error, if any, is an [Errors] that
// holds every mistake found.
func Build(gen *protogen.Plugin, opts Options) (*Plan, error) {
	if opts.GoSuffix == "" {
		opts.GoSuffix = "row"
	}
	b := &builder{gen: gen, opts: opts, enums: map[protoreflect.FullName]*Enum{}}
	b.findUses()
	for _, f := range gen.Files {
		if f.Generate && !ownPackage(f.Desc.Package()) {
			b.file(f)
		}
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
	used map[protoreflect.FullName]bool
	// ignored counts the messages that an option takes out.
	ignored  int
	enums    map[protoreflect.FullName]*Enum
	snippets []Snippet
}

// file is a file of the plan beside what it was made from.
type file struct {
	*File
	gen *protogen.File
	// descs are the descriptors of File.Messages.
	descs []*protogen.Message
}

func (b *builder) file(f *protogen.File) {
	out := &file{gen: f, File: &File{Path: f.Desc.Path(), Package: string(f.Desc.Package())}}
	for _, m := range b.commands(f) {
		out.Messages = append(out.Messages, b.message(m))
		out.descs = append(out.descs, m)
	}
	walkEnums(f.Enums, f.Messages, func(e *protogen.Enum) {
		out.Enums = append(out.Enums, b.enum(e))
	})
	b.files = append(b.files, out)
}

// plan is what the builder has made.
func (b *builder) plan() *Plan {
	p := &Plan{}
	for _, f := range b.files {
		if len(f.Messages) == 0 && len(f.Enums) == 0 {
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

// ownPackage reports packages whose files are there for others to import:
// protobuf's and the one of options.proto.
func ownPackage(pkg protoreflect.FullName) bool {
	return pkg == "volint.volrender.v1" || pkg == "google" || strings.HasPrefix(string(pkg), "google.")
}

// doc is a comment without its markers.
func doc(c protogen.CommentSet) string {
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
