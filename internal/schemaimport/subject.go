package schemaimport

import (
	"strings"
)

// subject is what one message is about: a plugin of Volatility 3, one of Volatility 2,
// or one of each that show the same thing.
type subject struct {
	three, two *plugin
	// same are the columns of Volatility 2 that show what a column of Volatility 3 does.
	same map[*column]*column
	// message and command are the names, see name.
	message, command string
}

// plugins are the exact names of the subject's plugins.
func (s *subject) plugins() []string {
	var names []string
	if s.three != nil {
		names = append(names, s.three.name)
	}
	if s.two != nil {
		names = append(names, s.two.name)
	}
	return names
}

// imageFormats are Volatility 2's plugins for any memory image, whatever system ran.
var imageFormats = map[string]bool{
	"hpakextract": true, "hpakinfo": true, "limeinfo": true, "machoinfo": true,
	"qemuinfo": true, "vboxinfo": true, "vmwareinfo": true,
}

// family is the operating system that a subject's plugin is for, or "generic". Volatility
// 2 names it for all but Windows.
func (s *subject) family() string {
	if s.three != nil {
		first, rest, _ := strings.Cut(s.three.name, ".")
		if rest != "" && (first == "linux" || first == "mac" || first == "windows") {
			return first
		}
		return "generic"
	}
	for _, family := range []string{"linux", "mac"} {
		if strings.HasPrefix(s.two.name, family+"_") {
			return family
		}
	}
	if imageFormats[s.two.name] {
		return "generic"
	}
	return "windows"
}
