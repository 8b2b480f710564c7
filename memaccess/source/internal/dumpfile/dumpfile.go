// Package dumpfile opens the files that dumps lie in: what every format shares.
package dumpfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/volint/volint/memaccess"
)

// File is a dump's file, opened for reading. Its ReadAt reads from the file each
// time, so that one that is cut while it is open gives errors.
type File struct {
	*os.File
	// Size is the number of bytes when it was opened; never 0.
	Size int64
	// Identity is the same for two files only if they are one, and nobody wrote to it
	// in between. It is the zero value for what is no regular file.
	Identity memaccess.Identity
}

// Open opens a dump's file. Its errors are whole: a *memaccess.Error with path and
// advice.
func Open(path string) (*File, error) {
	// Opening a pipe waits for its writer.
	if info, err := os.Stat(path); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		return nil, memaccess.Errorf("write the memory into a file first; a socket that serves memory is unix:PATH",
			"%s is not a file", path)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &memaccess.Error{Msg: "there is no file " + path, Advice: adviceFor(err), Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, memaccess.Errorf(adviceFor(err), "can't open the dump: %w", err)
	}
	f, err := newFile(file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return f, nil
}

func adviceFor(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "give the path of a memory dump"
	case errors.Is(err, fs.ErrPermission):
		return "make it readable for this user, or run as one who may read it"
	}
	return ""
}

func newFile(file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, memaccess.Errorf("", "can't open the dump: %w", err)
	}
	if info.IsDir() {
		return nil, memaccess.Errorf("give the path of the dump in it", "%s is a folder", file.Name())
	}
	size, err := file.Seek(0, io.SeekEnd) // info has none for a block device
	if err != nil {
		return nil, memaccess.Errorf("copy it into a file", "can't tell how long the dump is: %w", err)
	}
	if size == 0 {
		return nil, memaccess.Errorf("take the dump again: its disk may have been full", "%s is empty", file.Name())
	}
	return &File{File: file, Size: size, Identity: identityOf(file.Name(), size, info)}, nil
}

// identityOf is the identity of a file as long as nobody writes to it.
func identityOf(path string, size int64, info fs.FileInfo) memaccess.Identity {
	if !info.Mode().IsRegular() {
		return memaccess.Identity{}
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return memaccess.Identity{Image: fmt.Sprintf("%s %d %d", path, size, info.ModTime().UnixNano())}
}

// Errorf is an error about a byte of the file.
func (f *File) Errorf(offset int64, hint, format string, args ...any) *memaccess.Error {
	return memaccess.Errorf(hint, "%s: at byte %d: "+format, append([]any{f.Name(), offset}, args...)...)
}

// ReadFull reads all of p at an offset, or says in the dump's words why not.
func (f *File) ReadFull(p []byte, offset int64) (int, error) {
	n, err := f.ReadAt(p, offset)
	switch {
	case n == len(p):
		return n, nil
	case errors.Is(err, io.EOF):
		return n, f.Errorf(offset+int64(n), "open it again; what wrote to it may not have been done",
			"the file ends here, and was longer when it was opened: %w", io.ErrUnexpectedEOF)
	}
	return n, f.Errorf(offset+int64(n), "copy what can be read of it to another disk", "can't read the file: %w", err)
}
