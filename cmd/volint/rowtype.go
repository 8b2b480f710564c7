package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/volint/volint/runtime/dynamic/schema"
	"github.com/volint/volint/runtime/row"
)

// rowType is what the flags say of frames, which don't say it themselves: the
// command that wrote them, or a message of a schema that is read now.
type rowType struct {
	command, schema, message string
	dirs                     []string
}

func (t *rowType) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.command, "command", "", "the `NAME` of the command whose rows these are")
	t.schemaFlags(cmd)
	f.StringVar(&t.message, "message", "", "the `NAME` of the schema's message; none where it has one command")
	completeCommands(cmd, "command")
}

func (t *rowType) schemaFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.schema, "schema", "", "a schema's `FILE`: a .proto file, or a descriptor set of one")
	f.StringArrayVarP(&t.dirs, "proto-path", "I", nil, "`DIR` where the schema's imports start; may be repeated")
}

// find returns the command, or the message as one.
func (t *rowType) find() (row.Command, error) {
	const example = "--command linux_pslist, or --schema rows.proto --message Process"
	switch {
	case t.command != "" && t.schema != "":
		return row.Command{}, misuse("leave one of them out: "+example, "--command and --schema both say what the rows are")
	case t.schema != "":
		return t.read()
	case t.message != "" || len(t.dirs) > 0:
		return row.Command{}, misuse("name the schema with --schema FILE", "--message and -I are about a schema, and there is none")
	case t.command == "":
		return row.Command{}, misuse(example+"; volint commands lists the commands",
			"what the rows are is not said: --command or --schema is needed")
	}
	return findCommand(t.command)
}

// read reads the schema.
func (t *rowType) read() (row.Command, error) {
	s, err := loadSchema(t.schema, t.dirs)
	if err != nil {
		return row.Command{}, err
	}
	command, err := s.Find(t.message)
	return command, schemaError(err)
}

func loadSchema(path string, dirs []string) (*schema.Schema, error) {
	s, err := schema.Load(path, dirs...)
	return s, schemaError(err)
}

func schemaError(err error) error {
	var e *schema.Error
	if errors.As(err, &e) {
		return fail(e.Hint(), "%v", e)
	}
	return err
}
