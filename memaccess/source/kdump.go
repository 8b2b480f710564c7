package source

import (
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

// isKdump tells a file by its first bytes.
func isKdump(head []byte) bool {
	for _, magic := range []string{"KDUMP   ", "DISKDUMP", "makedumpfile\x00"} {
		if len(head) >= len(magic) && string(head[:len(magic)]) == magic {
			return true
		}
	}
	return false
}

func openKdump(file *dumpfile.File) (memaccess.Source, error) {
	return nil, memaccess.Errorf("convert it with `makedumpfile -E`", "%s is a kdump file", file.Name())
}
