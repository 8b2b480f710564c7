// Package location says where memory is: the one grammar that every command
// takes.
//
//	PATH            a dump, or a UNIX socket that serves memory: its file type tells
//	unix:PATH       a UNIX socket
//	unix:///PATH    the same as a URL, with %20 for a space
//	qemu:PATH       a QEMU guest, by its QMP socket
//
// What begins with "/" or "./" is always a path.
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
	Socket
	QEMU
)

// Location is where memory is.
type Location struct {
	Kind Kind
	// Path is the path of the file or the socket.
	Path string
}

// Parse reads a location. It looks at no file.
func Parse(s string) Location {
	scheme, rest, found := strings.Cut(s, ":")
	kind, known := map[string]Kind{"unix": Socket, "qemu": QEMU}[scheme]
	if !found || !known {
		return Location{Kind: Path, Path: s}
	}
	if path, ok := strings.CutPrefix(rest, "//"); ok {
		rest = path
		if decoded, err := url.PathUnescape(path); err == nil {
			rest = decoded
		}
	}
	return Location{Kind: kind, Path: rest}
}
