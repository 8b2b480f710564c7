// Package schemaimport makes messages of the tables that installed Volatilities
// have: `volint schema import` and `volint schema check` are made of it.
//
// It goes in three steps: [Model] decides which messages there are and what is in
// them, Merge compares them with the files that are there, and Print writes .proto
// files. What people wrote into a file stays.
package schemaimport

import (
	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/runtime/session"
)

// Installed is what one installed Volatility has.
type Installed struct {
	// Version is 2 or 3, Release what that Volatility calls itself: "2.28.2".
	Version session.Version
	Release string
	Tables  []session.PluginTable
}

// File is a .proto file that Model wants, by its path from the module's root:
// "volint/volatility3/v1/linux.proto".
type File struct {
	Path    string
	Package string
	// GoPackage is the file's option.
	GoPackage string
	// Doc is the comment at the file's head.
	Doc      string
	Messages []*Message
}

// Message is a message as it would be made anew.
type Message struct {
	Name string
	// Doc is the comment above it: lines without markers.
	Doc string
	// Command is its option. Its sources name the plugins, by which a message that is
	// there already is recognised.
	Command *volrenderv1.Command
	// Fields are in the order in which a new message numbers them, from 1.
	Fields []*Field
}

// Field is a field as it would be made anew.
type Field struct {
	Name string
	// Type is its type as the .proto has it: "uint64", "google.protobuf.Timestamp".
	Type string
	// Optional is false for a message's field and a repeated one.
	Optional, Repeated bool
	Doc                string
	// Option is the field's option, nil where none is needed. Its cells' columns are
	// always set here, also where the convention would find them: Print leaves these
	// out. `none` marks a version that does not have the column.
	Option *volrenderv1.Field
	// Deprecated marks what only Volatilities that are no longer the newest have.
	Deprecated bool
}

// Untyped is a plugin without a message, and why.
type Untyped struct {
	Version session.Version
	Plugin  string
	Reason  string
}
