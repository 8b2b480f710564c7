//go:build unix

package kdump

import (
	"syscall"

	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

// mapFile maps a file for reading, or returns nil.
func mapFile(file *dumpfile.File) []byte {
	if file.Size != int64(int(file.Size)) {
		return nil
	}
	mapped, err := syscall.Mmap(int(file.Fd()), 0, int(file.Size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	return mapped
}

func unmapFile(mapped []byte) {
	if mapped != nil {
		_ = syscall.Munmap(mapped)
	}
}
