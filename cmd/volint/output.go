package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// output is where rows go: standard output, or the file of -o.
//
// A file gets its name only when every row is in it. Until then, and after a
// failure, it is called NAME.partial, so that a short file is never taken for a
// result.
type output struct {
	io.Writer
	file *os.File // nil for standard output
	name string   // the final name; "" where file has it already
}

// partial is added to the name of a file that is not whole.
const partial = ".partial"

// openOutput opens the file that -o names; "" and "-" are standard output. A
// device or a FIFO is written to as it is.
func openOutput(name string, stdout io.Writer) (*output, error) {
	if name == "" || name == "-" {
		return &output{Writer: stdout}, nil
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		return nil, fail("give a file's name, as in -o rows.jsonl", "%s is a folder", name)
	}
	if err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &output{Writer: f, file: f}, cannotWrite(err)
	}
	f, err := os.Create(name + partial)
	return &output{Writer: f, file: f, name: name}, cannotWrite(err)
}

// finish gives the file its name.
func (o *output) finish() error {
	if o.file == nil {
		return nil
	}
	if err := o.file.Close(); err != nil {
		return cannotWrite(err)
	}
	if o.name == "" {
		return nil
	}
	return cannotWrite(os.Rename(o.file.Name(), o.name))
}

// abandon closes a file that is not whole and returns its name, or "" when
// nothing is left: a partial file without content is removed.
func (o *output) abandon() string {
	if o.file == nil {
		return ""
	}
	info, err := o.file.Stat()
	o.file.Close()
	if o.name == "" {
		return ""
	}
	if err == nil && info.Size() == 0 {
		os.Remove(o.file.Name())
		return ""
	}
	return o.file.Name()
}

// marking marks the errors of a writer.
type marking struct{ io.Writer }

func (m marking) Write(p []byte) (int, error) {
	n, err := m.Writer.Write(p)
	if err != nil {
		err = writeError{err}
	}
	return n, err
}

// writeError marks an error of the output, as opposed to one of the input.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

func cannotWrite(err error) error {
	if err == nil {
		return nil
	}
	hint := "check the path, its permissions and the space that is left"
	if errors.Is(err, os.ErrNotExist) {
		hint = "make the folder first"
	}
	return writeError{&failure{msg: "can't write the output: " + err.Error(), hint: hint, status: statusFailure, cause: err}}
}
