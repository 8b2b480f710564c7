package kdump

import (
	"io"
	"runtime/debug"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

// content is a dump's bytes, by the offsets that its headers speak of.
type content interface {
	// readAt reads all of p, or says why not.
	readAt(p []byte, offset int64) error
	// has reports whether n bytes are there.
	has(offset, n int64) bool
	// check reports whether what was read up to an offset was still in the file.
	check(end int64) error
	// size is the offset behind the last byte.
	size() int64
	// errorf is an error about a byte.
	errorf(offset int64, hint, format string, args ...any) *memaccess.Error
	close()
}

// hintCut is what to do about a dump that is not whole.
const hintCut = "take or copy the dump again: the disk may have been full, or the copy broken off"

// plain is a file as it is. It is mapped, where that can be: a page takes two reads,
// and two calls of the system cost as much as unpacking it.
type plain struct {
	file   *dumpfile.File
	mapped []byte // nil where it can't be
}

func openPlain(file *dumpfile.File) *plain {
	return &plain{file: file, mapped: mapFile(file)}
}

func (c *plain) begins(magic string) bool {
	head := make([]byte, len(magic))
	return c.readAt(head, 0) == nil && string(head) == magic
}

func (c *plain) readAt(p []byte, offset int64) error {
	if !c.has(offset, int64(len(p))) {
		return c.errorf(c.file.Size, hintCut, "the file ends before byte %d: %w", uint64(offset)+uint64(len(p)), io.ErrUnexpectedEOF)
	}
	if c.mapped != nil && copyMapped(p, c.mapped[offset:]) {
		return nil
	}
	_, err := c.file.ReadFull(p, offset)
	return err
}

// copyMapped copies from a file that is mapped. It reports false where the file was
// cut or can't be read: then that memory is none.
func copyMapped(p, mapped []byte) (ok bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if trouble := recover(); trouble != nil {
			if _, fault := trouble.(interface{ Addr() uintptr }); !fault {
				panic(trouble)
			}
		}
	}()
	copy(p, mapped)
	return true
}

func (c *plain) has(offset, n int64) bool {
	return offset >= 0 && n >= 0 && offset <= c.file.Size-n
}

// check is for what a mapping does not tell: behind the new end of a file that was
// cut, its last page reads as zeros.
func (c *plain) check(end int64) error {
	if c.mapped == nil {
		return nil
	}
	info, err := c.file.Stat()
	if err == nil && info.Mode().IsRegular() && info.Size() < end {
		return c.errorf(info.Size(), "open it again; what wrote to it may not have been done",
			"the file ends here, and was longer when it was opened: %w", io.ErrUnexpectedEOF)
	}
	return nil
}

func (c *plain) size() int64 { return c.file.Size }

func (c *plain) errorf(offset int64, hint, format string, args ...any) *memaccess.Error {
	return c.file.Errorf(offset, hint, format, args...)
}

func (c *plain) close() { unmapFile(c.mapped); c.mapped = nil }
