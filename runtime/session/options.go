package session

import "context"

// PluginOptions are the options that a plugin takes.
type PluginOptions struct {
	// Plugin is the plugin's exact name: "linux.pslist.PsList", "linux_pslist".
	Plugin string `json:"plugin"`
	// Doc is what the plugin says of itself; it may have several lines, or be "".
	Doc string `json:"doc"`
	// Options are in the plugin's order.
	Options []Option `json:"options"`
}

// Option is an option of a plugin, which [Request].Args may hold: "--" and its name,
// and a value after "=" or in the next argument.
type Option struct {
	// Name is what is typed after the dashes: "pid", "compression-format".
	Name string `json:"name"`
	// Kind says what value it takes.
	//
	//	bool     none: it is given or not
	//	int      a whole number; 0x before one makes it hexadecimal
	//	float    a number
	//	string   text
	//	bytes    text, whose bytes are meant
	//	uri      a path, or a URL
	//	choice   one of Choices
	//	list     several of Element: --pid 1 2, --pid=1 --pid=2
	Kind string `json:"kind"`
	// Element is the kind of a list's elements.
	Element string `json:"element,omitempty"`
	// Optional is false for what must be given.
	Optional bool `json:"optional"`
	// Default is the value of what is not given, as package encoding/json decodes it;
	// nil where there is none.
	Default any `json:"default"`
	// Choices are the values of a choice.
	Choices []string `json:"choices,omitempty"`
	// Doc is a sentence or two, and may be "".
	Doc string `json:"doc"`
}

// Options tells which options a plugin takes, from the requirements that it has in
// the Volatility that runs. plugin is a plugin's name, as commands are given, or a
// message's full one; "" is every plugin that Volatility could import, sorted by
// name. The error is an *Error mostly. No memory is read.
func (s *Session) Options(ctx context.Context, plugin string) ([]PluginOptions, error) {
	told, err := s.tell(ctx, "options", Request{Plugin: plugin})
	if err != nil {
		return nil, err
	}
	return told.options, nil
}

// tell runs an action that tells of plugins.
func (s *Session) tell(ctx context.Context, action string, req Request) (*control, error) {
	w := s.request(action, req)
	w.progress = req.Progress
	run, err := s.start(ctx, w)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if _, err := run.Wait(); err != nil {
		return nil, err
	}
	return &run.control, nil
}
