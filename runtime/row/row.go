// Package row reads and writes rows: frames, what generated decoders lean on,
// and the registry of commands. It uses the standard library only; generated Go
// code imports this package and nothing else of volint.
//
// # Lifetime
//
// A decoded row borrows its strings and bytes from the frame. Frames that a
// [Reader] returns lie in chunks that are never written again, so that a row is
// valid for as long as the program holds it; one that is kept holds its chunk
// (64 KiB, or the frame where it is larger) in memory. Clone makes a row of its
// own.
//
// Decoding into a row that was used before uses its lists, maps and messages
// again: who has kept one of them sees it change. [Rows] gives each row its own.
//
// A row may be read by many goroutines, as long as none changes it.
package row

// Row is a row of some message: what generated structs and dynamic rows have in
// common, for programs that handle every command alike (tables, JSON, CSV).
// Programs that know their message use the struct's own fields.
type Row interface {
	// Message describes the row.
	Message() *Message
	// Decode sets the row from one frame's message; whatever it held is gone, or used
	// again. The row borrows from frame, which must not change as long as the row is used.
	// After an error the row is empty.
	Decode(frame []byte) error
	// Append appends the row's encoding to b.
	Append(b []byte) []byte
	// Value returns the value of Message().Fields[i].
	Value(i int) Value
	// UnknownFields returns how many fields the last Decode passed over since the
	// schema does not have them, in the messages within the row too: what a newer
	// schema writes. A group that is unknown counts as one.
	UnknownFields() int
}

// Message describes a row's type.
type Message struct {
	// FullName is the protobuf name: "volatility_render.linux_pslist_task".
	FullName string
	// Fields are in the order of the .proto file.
	Fields []Field
	// Wire is for generated code: how each of Fields is encoded. It is nil in a
	// description that was not generated.
	Wire []Wire
	// Descriptors returns a serialized google.protobuf.FileDescriptorSet: the
	// message's file, last, and all it imports, before, but for protobuf's own
	// files and those of volint/volrender/v1. Package dynamic, which has
	// those, makes a proto.Message with it.
	Descriptors func() []byte
}

// Field describes one field of a row.
type Field struct {
	// Name is the name in the .proto file.
	Name   string
	Number int32
	// Kind is that of a value; for a repeated field that of each of its values, for
	// a map that of what the keys lead to.
	Kind Kind
	// List says that the field is repeated: its Value is a List.
	List bool
	// Key is the kind of a map's keys, and 0 for a field that is none: the Value
	// of a map is a Map.
	Key Kind
	// Oneof is the name of the oneof that the field is a member of, or "".
	Oneof string
	// Message describes the messages of a Nested field; nil for other kinds. It is
	// a function since messages may lie in themselves.
	Message func() *Message
	// Default is the schema's value for a field that is not set; the zero Value
	// where it gives none.
	Default Value
	// Meaning is what the number stands for.
	Meaning Meaning
	// Identifies says that the field is part of what identifies a row from one run
	// of its command to the next: the option `key`.
	Identifies bool
	// Enum names the numbers of an Enum field; nil for other kinds.
	Enum map[int32]string
}

// Kind is the type of a value in a program; how it was encoded is gone.
type Kind uint8

// The kinds of value.
const (
	Bool Kind = iota + 1
	Int
	Uint
	Float
	Double
	String
	Bytes
	Enum
	// Time is google.protobuf.Timestamp; the value is a Timestamp.
	Time
	// Nested is any other message; the value is a Row.
	Nested
	// List is a repeated field's value, which Field.List tells of.
	List
	// Map is a map's value, which Field.Key tells of.
	Map
)

// Meaning is what an integer stands for: see Meaning in options.proto.
type Meaning uint8

// The meanings, with the numbers of options.proto.
const (
	Plain Meaning = iota
	CanonicalAddress
	Address
	UnixSeconds
	Hexadecimal
)

// Command is one entry of the table of commands: a message and where
// Volatility gets it from.
type Command struct {
	// Name is what users call: "linux_pslist".
	Name    string
	Message *Message
	// Doc is the first paragraph of the message's comment.
	Doc string
	// Volatility2 and Volatility3 say what each version does.
	Volatility2, Volatility3 Plugin
	// New returns an empty row.
	New func() Row
}

// Plugin is a command's plugin in one version of Volatility.
type Plugin struct {
	// Offered says whether this version has the command.
	Offered bool
	// Name is the plugin's exact name, or "" where it is found by the message's
	// name when the command runs.
	Name string
	// Aliases are other exact names of the plugin: those of other releases. What runs
	// is the first of Name and these that the installed Volatility has.
	Aliases []string
	// Options are those that the plugin takes, as the schema tells them; an installed
	// Volatility may have more or fewer. A schema need not tell any.
	Options []Option
}

// Option is an option of a plugin.
type Option struct {
	// Name is what is typed after the dashes: "pid".
	Name string
	// Kind says what value it takes, or each of its values: "bool" (none), "int",
	// "float", "string", "bytes" or "uri".
	Kind string
	// List says that it takes several values, Required that it must be given.
	List, Required bool
	// Choices are the values that it can have; none means any.
	Choices []string
	// Doc is a sentence or two, or "".
	Doc string
}
