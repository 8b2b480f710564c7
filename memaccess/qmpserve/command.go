package qmpserve

import (
	"encoding/json"
	"fmt"
	"slices"
)

// command is what a client sends.
type command struct {
	Execute   string          `json:"execute"`
	Arguments json.RawMessage `json:"arguments"`
	ID        json.RawMessage `json:"id"`
}

// answer is what it gets: one of Return and Error.
type answer struct {
	Return any             `json:"return,omitempty"`
	Error  *failure        `json:"error,omitempty"`
	ID     json.RawMessage `json:"id,omitempty"`
}

// failure is an error as QEMU has it. LibVMI looks for CommandNotFound, and takes
// anything else for success.
type failure struct {
	Class string `json:"class"`
	Desc  string `json:"desc"`
}

const (
	genericError    = "GenericError"
	commandNotFound = "CommandNotFound"
)

// nothing is what a command returns that has nothing to return.
var nothing = struct{}{}

// commands are what there is, in the order of their names.
var commands = []struct {
	name string
	run  func(m *monitor, arguments json.RawMessage) (any, *failure)
}{
	{"human-monitor-command", (*monitor).humanCommand},
	{"pmemaccess", (*monitor).pmemaccess},
	{"qmp_capabilities", (*monitor).capabilities},
	{"query-commands", nil}, // lists this list, which can't name it
	{"query-status", (*monitor).status},
	{"query-version", func(*monitor, json.RawMessage) (any, *failure) { return version(), nil }},
}

func (m *monitor) execute(c *command) (any, *failure) {
	switch {
	case !m.ready && c.Execute != "qmp_capabilities":
		return nil, &failure{commandNotFound, "Expecting capabilities negotiation with 'qmp_capabilities'"}
	case c.Execute == "query-commands":
		return list(), nil
	}
	for _, known := range commands {
		if known.name == c.Execute {
			return known.run(m, c.Arguments)
		}
	}
	return nil, &failure{commandNotFound, fmt.Sprintf("The command %s has not been found", visible(c.Execute))}
}

func list() any {
	type named struct {
		Name string `json:"name"`
	}
	var all []named
	for _, known := range commands {
		all = append(all, named{known.name})
	}
	return all
}

func (m *monitor) capabilities(arguments json.RawMessage) (any, *failure) {
	var a struct {
		Enable []string `json:"enable"`
	}
	if err := decode(arguments, &a); err != nil {
		return nil, err
	}
	switch {
	case m.ready:
		return nil, &failure{commandNotFound, "Capabilities negotiation is already complete, command ignored"}
	case len(a.Enable) > 0:
		return nil, &failure{genericError, fmt.Sprintf("there is no capability %q", slices.Min(a.Enable))}
	}
	m.ready = true
	return nothing, nil
}

// pmemaccess serves memory at a path.
func (m *monitor) pmemaccess(arguments json.RawMessage) (any, *failure) {
	var a struct {
		Path string `json:"path"`
	}
	if err := decode(arguments, &a); err != nil {
		return nil, err
	}
	if a.Path == "" {
		return nil, &failure{genericError, "Parameter 'path' is missing"}
	}
	if err := m.server.serveAt(a.Path); err != nil {
		return nil, &failure{genericError, err.Error()}
	}
	return nothing, nil
}

// humanCommand runs a line of the monitor's; what that says is the result.
func (m *monitor) humanCommand(arguments json.RawMessage) (any, *failure) {
	var a struct {
		Line string `json:"command-line"`
		CPU  int    `json:"cpu-index"`
	}
	if err := decode(arguments, &a); err != nil {
		return nil, err
	}
	return m.server.human(a.Line), nil
}

// status says of a dump that it stands still. Of a guest nobody knows here, but it
// is there to run.
func (m *monitor) status(json.RawMessage) (any, *failure) {
	live := m.server.Memory.Source.Identity().Live()
	status := "paused"
	if live {
		status = "running"
	}
	return map[string]any{"status": status, "running": live}, nil
}

// version says that this is no QEMU.
func version() any {
	return map[string]any{
		"qemu":    map[string]int{"major": 0, "minor": 0, "micro": 0},
		"package": "volint",
	}
}

func decode(arguments json.RawMessage, into any) *failure {
	if arguments == nil {
		return nil
	}
	if err := json.Unmarshal(arguments, into); err != nil {
		return &failure{genericError, "the arguments: " + err.Error()}
	}
	return nil
}
