package schema

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
)

// Find returns the message of a name as a command, whose New makes rows of it. The
// name is the full one, or the message's own where no other has it; spelling
// counts as little as in [row.Registry.Find]. Without a name it is the schema's
// only command. The error is an *Error.
func (s *Schema) Find(name string) (row.Command, error) {
	md, err := s.find(name)
	if err != nil {
		return row.Command{}, err
	}
	t, err := dynamic.TypeOf(md)
	if err != nil {
		return row.Command{}, &Error{File: s.path, Msg: err.Error(), Advice: "make the descriptor set with all imports"}
	}
	return row.Command{Name: string(md.Name()), Message: t.Message(), New: t.New}, nil
}

func (s *Schema) find(name string) (protoreflect.MessageDescriptor, error) {
	if name == "" {
		return s.only()
	}
	if md := s.all[protoreflect.FullName(strings.TrimPrefix(name, "."))]; md != nil {
		return md, nil
	}
	var names row.Registry
	for _, f := range s.own {
		walk(f, func(m protoreflect.MessageDescriptor) {
			full := string(m.FullName())
			names.Register(row.Command{Name: full, Message: &row.Message{FullName: full}})
		})
	}
	found, err := names.Find(name)
	var near *row.NotFoundError
	var several *row.AmbiguousError
	switch {
	case err == nil:
		return s.all[protoreflect.FullName(found.Name)], nil
	case errors.As(err, &several):
		return nil, &Error{File: s.path, Msg: fmt.Sprintf("%d messages could be %q", len(several.Names), name), Advice: several.Hint()}
	case errors.As(err, &near) && len(near.Near) > 0:
		return nil, &Error{File: s.path, Msg: fmt.Sprintf("there is no message %q", name), Advice: near.Hint()}
	}
	return nil, &Error{File: s.path, Msg: fmt.Sprintf("there is no message %q", name), Advice: s.which(s.messages())}
}

// only is the one command.
func (s *Schema) only() (protoreflect.MessageDescriptor, error) {
	commands := s.commands()
	switch len(commands) {
	case 1:
		return commands[0], nil
	case 0:
		return nil, &Error{File: s.path, Msg: "no message of the schema is a command", Advice: s.which(s.messages())}
	}
	return nil, &Error{File: s.path, Msg: fmt.Sprintf("the schema has %d commands", len(commands)), Advice: s.which(commands)}
}

// commands are the messages that are commands, by the generator's rule.
func (s *Schema) commands() (commands []protoreflect.MessageDescriptor) {
	used := map[protoreflect.FullName]bool{}
	for _, f := range s.own {
		option.NoteUses(f, used)
	}
	for _, f := range s.own {
		for i := range f.Messages().Len() {
			if m := f.Messages().Get(i); option.IsCommand(m, used) {
				commands = append(commands, m)
			}
		}
	}
	return commands
}

func (s *Schema) messages() (messages []protoreflect.MessageDescriptor) {
	for _, f := range s.own {
		walk(f, func(m protoreflect.MessageDescriptor) { messages = append(messages, m) })
	}
	return messages
}

// mostNames is how many names an error lists.
const mostNames = 8

// which tells to choose one of some messages.
func (s *Schema) which(messages []protoreflect.MessageDescriptor) string {
	var names []string
	for _, m := range messages[:min(len(messages), mostNames)] {
		names = append(names, string(m.FullName()))
	}
	switch {
	case len(names) == 0:
		return "the schema has no messages: give another one"
	case len(messages) > mostNames:
		names = append(names, fmt.Sprintf("another of its %d", len(messages)))
	}
	return "name the message: " + strings.Join(names, " or ")
}
