// The protoc-gen-volrender binary is a plug-in of protoc and buf. From each
// message of a schema it makes what brings Volatility's results into programs:
// the Python that Volatility 2 and Volatility 3 load to write rows, and the Go
// and C that read them. How messages and options say where rows come from stands
// in volint/volrender/v1/options.proto.
//
// # With protoc
//
// Install the plug-in so that protoc finds it on the PATH, and generate:
//
//	go install github.com/volint/volint/cmd/protoc-gen-volrender@latest
//	mkdir -p gen
//	protoc -I schema --volrender_out=gen --volrender_opt=lang=go+c schema/tasks.proto
//
// A file that uses the options imports "volint/volrender/v1/options.proto",
// which `volint schema init DIR` writes. A file without options needs nothing.
//
// # With buf
//
// A buf.gen.yaml that generates every language:
//
//	version: v2
//	plugins:
//	  - local: protoc-gen-volrender
//	    out: gen/go
//	    opt: [lang=go, module=example.com/tasks/gen/go]
//	    strategy: all
//	  - local: protoc-gen-volrender
//	    out: gen/c
//	    opt: lang=c
//	    strategy: all
//	  - local: protoc-gen-volrender
//	    out: gen/python
//	    opt: lang=python
//	    strategy: all
//	  - local: protoc-gen-volrender
//	    out: gen/python2
//	    opt: lang=python2
//	    strategy: all
//	  - local: protoc-gen-volrender
//	    out: gen/python3
//	    opt: lang=python3
//	    strategy: all
//
// With `strategy: all` the plug-in sees the whole schema at once, and so also
// what two files have in common: a command's name, a plugin, a Go package, a
// Python module. Otherwise buf runs it once for each folder.
//
// # Output
//
// Of schema/tasks.proto with go_package = "example.com/tasks/gen/go/tasks" the
// buf.gen.yaml above makes:
//
//	gen/go/tasks/tasksrow/tasks.volrender.go   structs, decoders, table of commands
//	gen/c/tasks.volrender.h, .c                the same; they need volint.h and volint.c
//	gen/python/tasks_rows.py                   classes for programs, under Python
//	gen/python/volrender_*.py                  2.7 or 3.9 and later
//	gen/python2/tasks_volrender.py, .messages  a whole plugin folder for
//	gen/python2/volrender_*.py                 vol.py --plugins=gen/python2
//	gen/python3/tasks_volrender.py, .messages  a whole plugin folder for
//	gen/python3/volrender_*.py                 vol -p gen/python3
//
// Go code has a package of its own, so that protoc-gen-go's types can stand
// beside it. It goes where protoc-gen-go's would go, one folder deeper. A file
// without go_package gets its protobuf package for an import path, with slashes
// for dots, below the module of the module parameter.
//
// Python modules lie side by side, whatever folder their .proto was in:
// a/b.proto becomes a_b_rows.py for programs and a_b_volrender.py for Volatility,
// with its messages in a_b_volrender.messages, which are read when they are needed.
// The volrender_*.py beside them are the same for every schema, so that several
// runs can write into one folder. When one run makes more than one of python,
// python2 and python3, they go to subfolders of these names: the files have the
// same names, and neither Volatility can read the other's. The folder of python is
// a package, and gets an __init__.py.
//
// The same input makes the same bytes. No file names a version or a time.
//
// # Parameters
//
//   - lang=go+c+python+python2+python3: the languages, any of them joined by +.
//     Default: all five. Given several times, all that were named count.
//   - python_encoder=self or pb2: how the generated Python encodes rows: by
//     itself, without any protobuf package (the default), or with the _pb2 module
//     that `protoc --python_out` writes, which must then lie in the same folder.
//   - c_commands=PATH: writes PATH.volrender.h and PATH.volrender.c with a list of all
//     tables of commands, for volint_find_in; it is called PATH, with _ for slashes.
//     Default: none. Whoever links it links all messages.
//   - go_suffix=row: what the name of the Go package, and of its folder, adds to
//     the name that go_package gives. Lower case letters, digits and _.
//   - paths=import or source_relative, module=PREFIX, M<file>=<import path>: where
//     Go code goes, as for protoc-gen-go.
//   - well_known=true: google/protobuf's own files and volint/volrender/v1/values.proto,
//     and no others. volint ships what this makes, since nobody else can write to
//     those packages: Go code for them is below github.com/volint/volint/gen/go, in
//     packages wellknownrow, descriptorrow and volrenderv1row, C code below gen/c.
//     Python has their fields wherever a schema uses them.
//
// Any other parameter is an error.
//
// # Names
//
// Generated names are those of the schema, in the spelling of each language: Go
// has protoc-gen-go's (start_time becomes StartTime, the nested enum Task.State
// becomes Task_State); C has full names with _ for dots for whatever stands at
// file scope, and plain names for members; Python has the plain names. A name
// that can't be used gets a _ behind it, and as many more as it takes. A name
// can't be used when it is
//
//   - a keyword: of C up to C23 or C++ up to C++20 in C, of Python 2 or Python 3
//     in Python (Go's names begin with a capital and never meet its keywords);
//   - in C a macro that compilers or common headers define (linux, errno, NULL),
//     for a message also a function or type of the C library, or a name that
//     begins with volint_; for a field also `has`, and the name of a type that the
//     struct's members have;
//   - in Python, for a message, a builtin or a name that expressions can use; for a
//     field, a method of every row (decode, encode, get) or unknown_fields, and a
//     name that begins with two underscores;
//   - in Go, for a field, a method of every row (Reset, Decode, DecodeCopy, Append,
//     Clone, Equal, Message, UnknownFields, Value, String and what protobuf's own
//     types have);
//   - taken in its scope: by something that was declared earlier in the file, by
//     a file of the same Go package or the same request whose path sorts earlier,
//     or by what is made of one of these (of a Go field X the methods HasX, SetX,
//     ClearX and GetX, of a oneof Y WhichY; of a C message m the functions m_init,
//     m_decode, m_decode_inplace, m_encode…, m_read…, m_has_FIELD, m_set_FIELD,
//     m_clear_FIELD and m_which_ONEOF, the type m_FIELD_entry of a map, and the
//     tables m_fields, m_names_NUMBER).
//
// A name therefore depends on the files of its package alone, never on their
// order in a request.
//
// # Errors
//
// Every mistake of a request is reported at once, and then nothing is written. A
// line says where (file:line:column) and what; the line below it, what to write
// instead. Compilers tell where an option begins, not where a part of it stands,
// so that is the place named. Where python2 or python3 is made, the schema's Python for
// it is parsed, never run, by the python2.7 and python3 on the PATH; where there is no 2.7, python3 checks both
// versions' expressions for what the two have in common; where there is none,
// one line on standard error says that they were not checked.
//
// Mistakes in .proto files and parameters go into the response, and protoc or buf
// prints them. Trouble with standard input or output goes to standard error, with
// status 1.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugin"
)

func main() {
	// A run is short and keeps most of what it makes: collecting it rarely takes a
	// fifth of the time off.
	debug.SetGCPercent(400)
	os.Exit(plugin.Run(context.Background(), plugin.Env{
		Args:   os.Args[1:],
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
	}))
}
