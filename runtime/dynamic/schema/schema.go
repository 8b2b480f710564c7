// Package schema reads a schema when the program runs, and makes rows of its
// messages: of a .proto file, or of the descriptor set that buf or protoc made of
// one. It is what `volint decode --schema` is made of.
//
//	s, err := schema.Load("rows.proto")
//	command, err := s.Find("Process")
//	for r, err := range row.RowsOf(row.NewReader(file), command.New) {
package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Schema is a schema that was read. It may be used by many goroutines.
type Schema struct {
	path string
	// own are the files whose messages it is about: the .proto file, or all of a
	// descriptor set but those that are there for others to import.
	own []protoreflect.FileDescriptor
	// all are the messages of those and of what they import.
	all map[protoreflect.FullName]protoreflect.MessageDescriptor
}

// Error is a schema that can't be used, or a place in it.
type Error struct {
	// File is the path of the file; Line and Column count from 1, and are 0 where
	// the whole file is meant.
	File         string
	Line, Column int
	// Msg is what is wrong; Advice is what to do, in one line, or "".
	Msg, Advice string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
}

// Hint says what to do, in one line, or nothing.
func (e *Error) Hint() string { return e.Advice }

// maxSize is how large a schema may be, in bytes: some hundred times the largest
// that are known. What is larger is something else.
const maxSize = 64 << 20

// Load reads a schema: a .proto file, or a serialized
// google.protobuf.FileDescriptorSet; which of them is told by the content.
//
// What a .proto file imports is looked for in dirs, in their order; without any,
// in the file's own folder and in the current one. Protobuf's own files and
// volint/volrender/v1 need not be there. The error is an *Error.
func Load(path string, dirs ...string) (*Schema, error) {
	content, err := read(path)
	if err != nil {
		return nil, err
	}
	set, isSet := asSet(content)
	switch {
	case isSet:
	case !isText(content):
		return nil, &Error{
			File: path, Msg: "it is neither a .proto file nor a descriptor set",
			Advice: "a descriptor set is what `buf build -o schema.binpb` or `protoc --include_imports --descriptor_set_out=schema.binpb` writes",
		}
	default:
		return compile(path, content, dirs)
	}
	return link(path, set)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		var content []byte
		if content, err = io.ReadAll(io.LimitReader(f, maxSize+1)); err == nil && len(content) <= maxSize {
			return content, nil
		}
	}
	var pathError *fs.PathError
	switch {
	case err == nil:
		return nil, &Error{File: path, Msg: fmt.Sprintf("it has more than %d MiB", maxSize>>20), Advice: "give the path of a .proto file or of a descriptor set"}
	case errors.As(err, &pathError):
		err = pathError.Err
	}
	return nil, &Error{
		File: path, Msg: fmt.Sprintf("can't read the schema: %v", err),
		Advice: "give the path of a .proto file or of a descriptor set",
	}
}

// asSet returns the descriptor set that content is, if it is one. A .proto file
// never is: it would have to start with an empty line, and go on with what is a
// file's length, its name and no field that sets don't have.
func asSet(content []byte) (*descriptorpb.FileDescriptorSet, bool) {
	set := new(descriptorpb.FileDescriptorSet)
	err := proto.UnmarshalOptions{AllowPartial: true}.Unmarshal(content, set)
	if err != nil || len(set.File) == 0 || len(set.ProtoReflect().GetUnknown()) > 0 {
		return nil, false
	}
	for _, f := range set.File {
		if f.GetName() == "" {
			return nil, false
		}
	}
	return set, true
}

func isText(content []byte) bool {
	return utf8.Valid(content) && bytes.IndexByte(content, 0) < 0
}
