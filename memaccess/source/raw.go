// Package source opens memory as a memaccess.Source: one file for each format of
// dump.
package source

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/volint/volint/memaccess"
)

// raw is a file whose offsets are guest-physical addresses.
type raw struct {
	file     *os.File
	size     int64
	identity memaccess.Identity
}

var _ memaccess.Filer = (*raw)(nil)

// Raw opens a raw dump: a file whose offsets are guest-physical addresses. What is
// read comes from the file each time: one that is cut while it is open gives
// errors.
func Raw(path string) (memaccess.Source, error) {
	// Opening a pipe waits for its writer.
	if info, err := os.Stat(path); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		return nil, fmt.Errorf("source: %s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	r, err := newRaw(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("source: %w", err)
	}
	return r, nil
}

func newRaw(f *os.File) (*raw, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", f.Name())
	}
	size, err := f.Seek(0, io.SeekEnd) // info has none for a block device
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, fmt.Errorf("%s is empty", f.Name())
	}
	return &raw{file: f, size: size, identity: identityOf(f.Name(), size, info)}, nil
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

func (r *raw) ReadAt(p []byte, addr int64) (int, error) { return r.file.ReadAt(p, addr) }

func (r *raw) Runs() []memaccess.Run { return []memaccess.Run{{Start: 0, Length: uint64(r.size)}} }

func (r *raw) Name() string { return r.file.Name() }

func (r *raw) Identity() memaccess.Identity { return r.identity }

// File returns the dump itself: an address is an offset in it.
func (r *raw) File(run memaccess.Run) (*os.File, int64) { return r.file, int64(run.Start) }

func (r *raw) Close() error { return r.file.Close() }
