// Package location says where memory is: the one grammar that every command
// takes.
//
//	PATH            a dump, or a UNIX socket that serves memory: its file type tells
//	FORMAT:PATH     a dump of that format (raw, lime, elf, avml, kdump), not detected
//	unix:PATH       a UNIX socket
//	qemu:PATH       a QEMU guest, by its QMP socket
//
// The last three may be URLs, unix:///PATH, with %20 for a space. What begins with
// "/" or "./" is always a path.
package location

import (
	"net/url"
	"strings"
)

// Kind is a way in which memory is given.
type Kind int

// The kinds.
const (
	Path Kind = iota // a dump or a socket
	Dump             // a dump of a format that is said
	Socket
	QEMU
)

// Location is where memory is.
type Location struct {
	Kind Kind
	// Path is the path of the file or the socket.
	Path string
	// Format is a dump's format where it is said, else "": one of Formats.
	Format string
}

// Formats are the formats of dumps that a location can say.
var Formats = []string{"raw", "lime", "elf", "avml", "kdump"}

// schemes are what may stand before a colon.
var schemes = map[string]Location{
	"unix": {Kind: Socket}, "qemu": {Kind: QEMU},
	"raw": {Kind: Dump, Format: "raw"}, "lime": {Kind: Dump, Format: "lime"}, "elf": {Kind: Dump, Format: "elf"},
	"avml": {Kind: Dump, Format: "avml"}, "kdump": {Kind: Dump, Format: "kdump"},
}

// Parse reads a location. It looks at no file.
func Parse(s string) Location {
	scheme, rest, found := strings.Cut(s, ":")
	where, known := schemes[scheme]
	if !found || !known {
		return Location{Kind: Path, Path: s}
	}
	if path, ok := strings.CutPrefix(rest, "//"); ok {
		rest = path
		if decoded, err := url.PathUnescape(path); err == nil {
			rest = decoded
		}
	}
	where.Path = rest
	return where
}
