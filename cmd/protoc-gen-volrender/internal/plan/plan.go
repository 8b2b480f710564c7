// Package plan turns protobuf descriptors into what the emitters print. Every
// decision and every check is made here, so that an emitter is a plain function
// of a Plan and can't fail on what a user wrote.
//
// All names in a Plan are ready to print: keywords and clashes of the target
// language are resolved, and no two names of one scope are equal.
package plan

// Plan is what one run of the plug-in generates.
type Plan struct {
	// Files are the files to generate, in the order of the request. One that has
	// neither messages nor enums is left out.
	Files []*File
	// CCommands is the list of all files' tables of commands in C; nil where none was
	// asked for.
	CCommands *CList
}

// CList is where a list of tables of commands goes, and its name.
type CList struct {
	Name, Header, Source, Guard string
}

// File is one .proto file.
type File struct {
	// Path is the file's path as protoc knows it: "panda_vol_int.proto".
	Path string
	// Package is the protobuf package, or "".
	Package string

	// Descriptors is a serialized google.protobuf.FileDescriptorSet: this file,
	// last, and all it imports, before, but for protobuf's own files and
	// options.proto; without comments and without volrender's own options.
	Descriptors []byte

	Go     GoFile
	C      CFile
	Python PythonFile

	// Messages are all messages of the file but map entries, in the order of the
	// file, each before those that are nested in it.
	Messages []*Message
	// Enums are the enums of the file, nested ones too, in the order of the file.
	Enums []*Enum
}

// GoFile is where a file's Go code goes.
type GoFile struct {
	// ImportPath and Package are those of the generated package, which is not
	// the one that protoc-gen-go writes to: ".../pandavolint/pandavolintrow" and
	// "pandavolintrow".
	ImportPath, Package string
	// Filename is the output's path, paths= and module= applied.
	Filename string
	// DescriptorVar and Commands name the variables that hold File.Descriptors
	// and the file's table of commands: "filePandaVolIntDescriptors" and
	// "PandaVolIntCommands". They carry the file's name, since a package can be
	// made of several files.
	DescriptorVar, Commands string
}

// CFile is where a file's C code goes.
type CFile struct {
	// Header and Source are the output's paths: "panda_vol_int.volrender.h".
	Header, Source string
	// Guard is the include guard.
	Guard string
	// Commands is the name of the file's table of commands.
	Commands string
	// Includes are the headers of other files that declare messages and enums of
	// this file's fields, sorted.
	Includes []string
}

// PythonFile is where a file's Python code goes.
type PythonFile struct {
	// Module is the module's name, unique over a plug-in folder whatever folder
	// the .proto was in: "panda_vol_int_volrender". Filename is Module + ".py".
	Module, Filename string
	// Rows is the name of the module for programs: "panda_vol_int_rows".
	Rows string
	// PB2 is the module that protoc writes for the file: "panda_vol_int_pb2".
	PB2 string
}

// Commands are the messages that are commands.
func (f *File) Commands() []*Message {
	var out []*Message
	for _, m := range f.Messages {
		if m.Command != "" {
			out = append(out, m)
		}
	}
	return out
}

// Message is a message: a command's row, or the type of a field.
type Message struct {
	// Name is the message's own name, FullName has the package: both as in the
	// file.
	Name, FullName string
	// Command is the name that users call: see options.proto. It is "" for a
	// message that is no command: one that is a field's type, or that an option
	// takes out. Such a message has no Source.
	Command string
	// File is where the message is declared, which need not be a file to
	// generate: Go code imports its package, C code includes its header, and
	// Python code holds a table of its own of a message from such a file.
	File *File
	// Doc is the comment above the message: lines without markers, no trailing
	// newline, "" where there is none.
	Doc string
	// Deprecated is the message's own mark.
	Deprecated bool
	// Pos is where the message is declared, for comments in generated code that
	// point back.
	Pos Pos

	// GoName, CName and PyName name the type or function in each language; C's
	// carries the package: "volatility_render_linux_pslist_task".
	GoName, CName, PyName string

	Fields []*Field
	// Oneofs are the message's oneofs, without those that `optional` makes.
	Oneofs []*Oneof

	// Flat says that a row of it is one struct without parts elsewhere: no field
	// is repeated, a map or a message.
	Flat bool

	// Volatility2 and Volatility3 say where rows come from; nil means that this
	// version does not offer the command.
	Volatility2, Volatility3 *Source
}

// Source is where one version of Volatility gets a message's rows.
type Source struct {
	// Plugin is the plugin's exact name, or "" where it is looked up by the
	// message's name.
	Plugin string
	// Aliases are other exact names of the same plugin, in the option's order: the
	// first of Plugin and these that an installed Volatility has is run.
	Aliases []string
	// Options are those that the plugin takes, in the option's order.
	Options []PluginOption
	// Rows is the expression that yields the rows; "" means the table model.
	Rows string
	// Row is the loop variable of the expression model.
	Row string
	// Imports are import statements.
	Imports []string
	// Cells has one entry for each of Message.Fields, in the same order.
	Cells []Cell
}

// PluginOption is an option that a plugin takes.
type PluginOption struct {
	// Name is what is typed after the dashes.
	Name string
	// Type is that of the value, or of each value of a List.
	Type           OptionType
	List, Required bool
	// Choices are the values that it can have; none means all of its type.
	Choices []string
	Doc     string
}

// OptionType is the type of an option's value: the values of options.proto's enum.
type OptionType int

// The types of options. An option without one takes text.
const (
	TextOption OptionType = iota
	BoolOption
	IntOption
	FloatOption
	StringOption
	BytesOption
	URIOption
)

// Expression reports whether rows come from an expression, not from a table.
func (s *Source) Expression() bool { return s.Rows != "" }

// Cell is where one version takes one field's value from. At most one of its
// parts is set; none is set for a field that this version does not fill.
type Cell struct {
	// Column is the folded title of the column (table model): lower case, letters
	// and digits only.
	Column string
	// Title is the title as the option gives it, for messages; else the field's
	// name.
	Title string
	// Sometimes is set for a column that need not be there.
	Sometimes bool
	// Expression is the Python expression (expression model).
	Expression string
	// Depth takes the row's depth in the tree.
	Depth bool
	// AbsenceOf, when not negative, is the index of the field whose absence this
	// one tells; -1 for every other field.
	AbsenceOf int
}

// Field is one field of a row.
type Field struct {
	Name       string
	Number     int32
	Doc        string
	Deprecated bool
	Pos        Pos

	GoName, CName, PyName string

	Label Label
	// Kind is the type of the value, or of each value of a repeated field; for a
	// map it is that of Value.
	Kind Kind
	// Enum is the type of an Enum field, which may lie in a file that is not
	// generated.
	Enum *Enum
	// Message is the type of a MessageKind field, which may lie in a file that is
	// not generated.
	Message *Message
	// Delimited says that a message stands between two tags, as a group, and not
	// behind its length.
	Delimited bool
	// Packed says that a repeated field is written as one piece. Readers take
	// both ways.
	Packed bool
	// Key and Value are the fields of a map's entry, numbers 1 and 2; nil for
	// other fields.
	Key, Value *Field
	// Oneof is the oneof that the field is a member of, or nil.
	Oneof *Oneof

	// Presence says whether an unset field can be told from a zero. It is
	// Implicit for repeated fields and maps.
	Presence Presence
	// Bit is the index of the presence bit, from 0 in the order of the fields, or
	// -1 for a field that has none: one of implicit presence, and a message, which
	// is there or not.
	Bit int
	// HasDefault says that the schema gives Default for a field that is not set.
	HasDefault bool
	Default    Default
	// ValidateUTF8 says that the specification asks readers to check this string
	// (proto3 and editions; not proto2).
	ValidateUTF8 bool

	Meaning Meaning
	// Identifies says that the field is part of what tells rows apart (`key`).
	Identifies bool
	// HasAbsentValue says that AbsentValue stands for "no value"; the 64 bits are
	// the two's complement of a signed field's number.
	HasAbsentValue bool
	AbsentValue    uint64
	// Absence is the index of the companion field that tells why this one is
	// absent, or -1.
	Absence int
}

// Label says how many values a field has.
type Label int

// Singular fields have one value at most; a map's entries are in no order.
const (
	Singular Label = iota
	Repeated
	Map
)

// Default is the value of a field that is not set, as proto2 and editions have
// it.
type Default struct {
	// Bits is a number: two's complement for signed ones and enums, 0 or 1 for
	// bool, the bits of a double for float and double.
	Bits uint64
	// Text is a string or bytes.
	Text string
}

// Oneof is a set of fields of which one at most is set.
type Oneof struct {
	Name, Doc string
	// GoName, CName and PyName are what the name becomes: Which... in Go.
	GoName, CName, PyName string
	// Fields are the indexes of its members in Message.Fields.
	Fields []int
}

// Kind is a field's type on the wire and in a program.
type Kind int

// The kinds. Timestamp is google.protobuf.Timestamp, the one message type that
// is a single value; Absence is volint.volrender.v1.Absence, which the runtimes
// define. MessageKind is any other message.
const (
	Bool Kind = iota + 1
	Int32
	Sint32
	Sfixed32
	Uint32
	Fixed32
	Int64
	Sint64
	Sfixed64
	Uint64
	Fixed64
	Float
	Double
	String
	Bytes
	EnumKind
	Timestamp
	Absence
	MessageKind
)

// Presence is how an unset field is told from a zero.
type Presence int

// Explicit fields have a presence bit; Implicit ones (proto3 without
// `optional`) are written unless zero; Required ones (proto2) must be there.
const (
	Explicit Presence = iota + 1
	Implicit
	Required
)

// Meaning is what a number stands for: the values of options.proto's enum.
type Meaning int

// The meanings.
const (
	Unspecified Meaning = iota
	CanonicalAddress
	Address
	UnixSeconds
	Hexadecimal
)

// Enum is an enum type.
type Enum struct {
	Name, FullName        string
	Doc                   string
	GoName, CName, PyName string
	Closed                bool
	// Local says that the enum is declared in a file that this plan generates
	// into the same Go package; other enums appear as plain 32-bit numbers.
	Local  bool
	Values []EnumValue
}

// EnumValue is one named number of an enum.
type EnumValue struct {
	Name, Doc     string
	GoName, CName string
	Number        int32
}

// Pos is a place in a .proto file; line and column count from 1, and are 0
// where the request had no source information.
type Pos struct {
	File         string
	Line, Column int
}
