package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

func (a *app) commandsCommand() *cobra.Command {
	var formatName string
	var options bool
	var config session.Config
	var volatility int
	cmd := &cobra.Command{
		Use:   "commands [NAME | PATTERN | SYSTEM]",
		Short: "List the commands, or the fields or options of one",
		Long: `commands lists what this volint can run and decode: the system whose memory a
command is for, its name, which Volatility has it, and what it lists. With a NAME it
lists the fields of that command's rows.

What is no command's name finds commands: linux, windows, mac or any those of that
system, a pattern such as '*.pslist' those of which a name fits it, and any other
word those that have it in a name or in what they list.

--options asks the installed Volatility for the plugin's own options, which follow
the command in "volint run"; NAME may be any plugin that it has then. Which
Volatility that is, "volint doctor" explains.`,
		Example: `  volint commands
  volint commands linux.pslist
  volint commands windows
  volint commands '*malfind*'
  volint commands --options linux.pslist
  volint commands --format jsonl`,
		Args: arguments(0, 1, "no more than a name"),
		RunE: do(func(ctx context.Context, args []string) error {
			if options {
				if err := setVersion(&config, volatility); err != nil {
					return err
				}
				return a.listOptions(ctx, config, strings.Join(args, ""), formatName)
			}
			return a.listOrDescribe(strings.Join(args, ""), formatName)
		}),
		ValidArgsFunction: completeName,
	}
	cmd.Flags().StringVar(&formatName, "format", "table", "a `NAME`: table or jsonl")
	complete(cmd, "format", []string{"table", "jsonl"})
	cmd.Flags().BoolVar(&options, "options", false, "list the options of NAME's plugin, or of all plugins")
	whereFlags(cmd, &config, &volatility)
	return cmd
}

// fieldInfo is one line of `volint commands NAME --format jsonl`.
type fieldInfo struct {
	Name   string `json:"name"`
	Number int32  `json:"number"`
	// Type is that of a value, or of each value of a repeated field or a map.
	Type     string            `json:"type"`
	Repeated bool              `json:"repeated,omitempty"`
	Key      string            `json:"key,omitempty"`     // of a map
	Message  string            `json:"message,omitempty"` // the full name
	Oneof    string            `json:"oneof,omitempty"`
	Meaning  string            `json:"meaning"`
	Enum     map[string]string `json:"enum,omitempty"`
}

func (a *app) listFields(c row.Command, formatName string) error {
	l := newListing("FIELD", "NUMBER", "TYPE", "MEANING")
	l.columns[1].Right = true
	for _, f := range c.Message.Fields {
		info := describe(&f)
		l.add(info, f.Name, strconv.Itoa(int(f.Number)), info.typeName(), info.Meaning)
	}
	return l.print(a.stdout, formatName)
}

func describe(f *row.Field) fieldInfo {
	info := fieldInfo{
		Name: f.Name, Number: f.Number, Type: kindNames[f.Kind], Repeated: f.List, Key: kindNames[f.Key],
		Oneof: f.Oneof, Meaning: meaningNames[f.Meaning],
	}
	if f.Message != nil {
		info.Message = f.Message().FullName
	}
	if f.Enum != nil {
		info.Enum = map[string]string{}
		for n, v := range f.Enum {
			info.Enum[strconv.Itoa(int(n))] = v
		}
	}
	return info
}

// typeName is a field's type for people.
func (f *fieldInfo) typeName() string {
	name := f.Type
	if f.Message != "" {
		name = f.Message
	}
	switch {
	case f.Repeated:
		return "list of " + name
	case f.Key != "":
		return "map of " + f.Key + " to " + name
	}
	return name
}

var kindNames = map[row.Kind]string{
	row.Bool: "bool", row.Int: "int", row.Uint: "uint", row.Float: "float", row.Double: "double",
	row.String: "string", row.Bytes: "bytes", row.Enum: "enum", row.Time: "timestamp", row.Nested: "message",
}

var meaningNames = map[row.Meaning]string{
	row.Plain: "", row.CanonicalAddress: "canonical virtual address", row.Address: "address",
	row.UnixSeconds: "seconds since 1970 UTC", row.Hexadecimal: "read in hexadecimal",
}
