package main

import (
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/volint/volint/runtime/row"
)

// anySystem is the system of commands that are for no one in particular.
const anySystem = "any"

// systems are those that plugins are for, in the order in which they are listed.
var systems = []string{"linux", "windows", "mac", anySystem}

// systemOf is the system whose memory a command is for. Volatility has it in a
// plugin's name mostly; what is for Windows it does not say in version 2, and then the
// schema's file does.
func systemOf(c *row.Command) string {
	if module, _, found := strings.Cut(c.Volatility3.Name, "."); found {
		return knownSystem(module)
	}
	name := c.Volatility2.Name
	if name == "" {
		name = c.Name
	}
	word, _, _ := strings.Cut(strings.ReplaceAll(name, ".", "_"), "_")
	if system := knownSystem(word); system != anySystem {
		return system
	}
	file := protoFileOf(c.Message)
	return knownSystem(strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".proto"))
}

func knownSystem(word string) string {
	for _, system := range systems {
		if word == system {
			return system
		}
	}
	return anySystem
}

// protoFileOf is the path of the .proto file that has a message: that of the last file of
// its descriptors. "" where it has none.
func protoFileOf(m *row.Message) string {
	if m.Descriptors == nil {
		return ""
	}
	return string(lastField(lastField(m.Descriptors(), 1), 1))
}

// lastField is the content of a message's last field of that number, which has bytes.
func lastField(message []byte, wanted protowire.Number) (content []byte) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return content
		}
		size := protowire.ConsumeFieldValue(number, kind, message[n:])
		if size < 0 {
			return content
		}
		if number == wanted && kind == protowire.BytesType {
			content, _ = protowire.ConsumeBytes(message[n:])
		}
		message = message[n+size:]
	}
	return content
}
