package plan

import (
	"fmt"
	"regexp"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
)

// commands are the messages of a file that are commands; on the way, options
// that stand where they have no effect are reported.
func (b *builder) commands(f *protogen.File) []*protogen.Message {
	var commands []*protogen.Message
	b.extensions(f.Extensions)
	for _, m := range f.Messages {
		for _, nested := range m.Messages {
			b.notTopLevel(nested)
		}
		b.extensions(m.Extensions)
		opt := option.Command(m.Desc)
		switch {
		case opt.GetIgnore():
			b.onlyIgnored(m, opt)
		case !option.IsCommand(m.Desc, b.used):
			b.partOptions(m, fmt.Sprintf("message %q is the type of a field and so not a command", m.Desc.Name()),
				"take it out, or give the message the option (volint.volrender.v1.command)")
		default:
			commands = append(commands, m)
		}
	}
	return commands
}

func (b *builder) onlyIgnored(m *protogen.Message, opt *volrenderv1.Command) {
	rest := proto.Clone(opt).(*volrenderv1.Command)
	rest.Ignore = nil
	if proto.Size(rest) > 0 {
		b.errorf(optionPos(m.Desc, 2), "take `ignore` out, or everything but `ignore`",
			"message %q is ignored, so that the rest of its option has no effect", m.Desc.Name())
	}
}

func (b *builder) notTopLevel(m *protogen.Message) {
	if option.Command(m.Desc) != nil {
		b.errorf(optionPos(m.Desc), "move the message to the top level of the file, or take the option out",
			"message %q lies in another message and can't be a command", m.Desc.Name())
	}
	b.partOptions(m, fmt.Sprintf("message %q lies in another message and is not a command", m.Desc.Name()), "take it out")
	b.extensions(m.Extensions)
	for _, nested := range m.Messages {
		b.notTopLevel(nested)
	}
}

func (b *builder) extensions(extensions []*protogen.Extension) {
	for _, x := range extensions {
		if option.Field(x.Desc) != nil {
			b.errorf(optionPos(x.Desc), "take the option out, or make it a field of the message itself",
				"%q is an extension field, which rows do not have, so that its option has no effect", x.Desc.Name())
		}
	}
}

// partOptions refuses what says where a field's value comes from in a message
// that is no command: the field that has the message gives the whole of it.
func (b *builder) partOptions(m *protogen.Message, why, hint string) {
	for _, f := range m.Fields {
		opt := option.Field(f.Desc)
		for _, part := range []struct {
			name   string
			number int32
			there  bool
		}{
			{"volatility2", 1, opt.GetVolatility2() != nil},
			{"volatility3", 2, opt.GetVolatility3() != nil},
			{"absence", 5, opt != nil && opt.Absence != nil},
			{"tree_depth", 6, opt.GetTreeDepth()},
			{"key", 7, opt.GetKey()},
		} {
			if part.there {
				b.errorf(optionPos(f.Desc, part.number), hint, "%s of field %q has no effect: %s", part.name, f.Desc.Name(), why)
			}
		}
	}
}

// commandName is what users type: it may not look like an option, and commands
// are split at white space.
var commandName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
